//! Comparisons in Go: both versions as packages of one small program, built by itself, with the inputs written into it. What needs its
//! module to be built is not compared.

use std::{ffi::OsStr, fmt::Write as _, path::Path, time::Duration};

use super::dice::Dice;
use super::results::{BETWEEN, CompiledCall, MARK, PANICS, judged};
use super::{INPUTS, Versions};
use crate::behaviour::Behaviour;
use crate::interpreter;
use crate::sandbox::{self, Build};

mod inputs;

use self::inputs::{Parameter, Signature};

/// How long building may take: without a cache the standard library is compiled with it.
const BUILD_LIMIT: Duration = Duration::from_secs(30);
/// How long running may take.
const LIMIT: Duration = Duration::from_secs(10);
/// What is not decided by the arguments alone, or is printed, which is not compared.
const OUTSIDE: [&str; 14] = [
    "unsafe.",
    "os.",
    "net.",
    "http.",
    "time.Now",
    "time.Since",
    "rand.",
    "syscall.",
    "exec.",
    "fmt.Print",
    "log.",
    "println(",
    "go func",
    "chan ",
];

/// Compares a function and its replacement, both as they stand in `selection`.
pub(super) fn compare(versions: &Versions<'_>, selection: (&str, &str), folder: &Path) -> Option<Behaviour> {
    let (old, new) = selection;
    if OUTSIDE.iter().any(|word| old.contains(word) || new.contains(word))
        || versions.old.contains("import \"C\"")
    {
        return None;
    }
    let signature = Signature::read(&versions.signature)?;
    let calls = calls(versions.name, &signature);
    let root = interpreter::go()?;
    // With all of its file, or where that needs more than itself, alone with what it takes from the standard library.
    let alone = |selection: &str| {
        format!("package alone\n{}\n{selection}\n", standard_imports(&versions.old, selection))
    };
    let bodies = [(versions.old.clone(), versions.new.clone()), (alone(old), alone(new))];
    let run = |(old, new): &(String, String)| built(&root, (old, new), &calls, folder);
    let out = bodies.iter().find_map(run)?;
    judged(&out, &calls)
}

fn calls(name: &str, signature: &Signature) -> Vec<CompiledCall> {
    let mut dice = Dice::new();
    let mut found: Vec<CompiledCall> = Vec::new();
    for step in 0..INPUTS * 2 {
        let values: Vec<String> =
            signature.parameters.iter().map(|parameter| parameter.kind.value(step, &mut dice)).collect();
        let shown = format!("{name}({})", values.join(", "));
        if found.len() == INPUTS {
            break;
        }
        if found.iter().any(|call| call.shown == shown) {
            continue;
        }
        found.push(CompiledCall { shown, run: run(name, signature, &values) });
    }
    found
}

/// The statements that call a function with these values and return what it gives, and what became of arguments that it may change.
fn run(name: &str, signature: &Signature, values: &[String]) -> String {
    let (mut before, mut after, mut given) = (String::new(), String::new(), Vec::new());
    for (at, (parameter, value)) in signature.parameters.iter().zip(values).enumerate() {
        let Parameter { name, kind, is_variadic } = parameter;
        let _ = write!(before, "var a{at} {} = {value}; ", kind.written());
        if kind.can_be_changed() {
            let _ = write!(before, "b{at} := show(a{at}); ");
            let _ = write!(after, "if c := show(a{at}); c != b{at} {{ r += \"; {name} = \" + c }}; ");
        }
        given.push(format!("a{at}{}", if *is_variadic { "..." } else { "" }));
    }
    let call = format!("{name}({})", given.join(", "));
    let call = if signature.gives { format!("r := show({call})") } else { format!("{call}; r := \"\"") };
    format!("{before}{call}; {after}return r")
}

/// Imports of the standard library at the top of a file that a selection uses: an import that nobody uses is an error.
fn standard_imports(file: &str, selection: &str) -> String {
    let lines = file
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("func ") && !line.starts_with("type "));
    let path = |line: &str| {
        let line = line.strip_prefix("import").unwrap_or(line).trim();
        let path = line.strip_prefix('"')?.strip_suffix('"')?;
        let first = path.split('/').next()?;
        let own = path.rsplit('/').next()?;
        (!first.contains('.') && selection.contains(&format!("{own}."))).then(|| path.to_owned())
    };
    lines.filter_map(path).map(|path| format!("import \"{path}\"\n")).collect()
}

/// A file as one of this package.
fn in_package(text: &str, package: &str) -> Option<String> {
    let mut is_found = false;
    let line = |line: &str| {
        if !is_found && line.trim_start().starts_with("package ") {
            is_found = true;
            return format!("package {package}\n");
        }
        format!("{line}\n")
    };
    let text: String = text.lines().map(line).collect();
    is_found.then_some(text)
}

/// The file of a package that calls the function of another file of it.
fn caller(package: &str, calls: &[CompiledCall]) -> String {
    let mut arms = String::new();
    for (at, call) in calls.iter().enumerate() {
        let _ = writeln!(arms, "case {at}: {}", call.run);
    }
    // Addresses are others at each run, and say nothing.
    format!(
        "package {package}\n\nimport comparedFmt \"fmt\"\n\n\
         func CalledForComparison(at int) (given string) {{\n\
         defer func() {{ if recover() != nil {{ given = \"{PANICS}\" }} }}()\n\
         show := func(values ...any) string {{\n\
         all := \"\"\n\
         for i, value := range values {{\n\
         if i > 0 {{ all += \", \" }}\n\
         if failure, is := value.(error); is {{ all += \"error: \" + failure.Error() }} \
         else {{ all += comparedFmt.Sprintf(\"%#v\", value) }}\n\
         }}\n\
         return all\n}}\n\
         _ = show\n\
         switch at {{\n{arms}}}\n\
         return \"\"\n}}\n"
    )
}

fn program(count: usize) -> String {
    format!(
        "package main\n\nimport (\n\"fmt\"\n\"strings\"\n\"old\"\n\"new\"\n)\n\n\
         func main() {{\n\
         for at := 0; at < {count}; at++ {{\n\
         sides := []string{{old.CalledForComparison(at), old.CalledForComparison(at), new.CalledForComparison(at)}}\n\
         fmt.Println(\"{MARK}\" + strings.ReplaceAll(strings.Join(sides, \"{BETWEEN}\"), \"\\n\", \" \"))\n\
         }}\n}}\n"
    )
}

/// Builds and runs a program; what it prints.
fn built(root: &Path, (old, new): (&str, &str), calls: &[CompiledCall], folder: &Path) -> Option<String> {
    let source = folder.join("go/src");
    for (package, text) in [("old", old), ("new", new)] {
        let package_folder = source.join(package);
        std::fs::create_dir_all(&package_folder).ok()?;
        std::fs::write(package_folder.join("code.go"), in_package(text, package)?).ok()?;
        std::fs::write(package_folder.join("caller.go"), caller(package, calls)).ok()?;
    }
    let main = source.join("compared");
    std::fs::create_dir_all(&main).ok()?;
    std::fs::write(main.join("main.go"), program(calls.len())).ok()?;
    let made = folder.join("compared");
    let (home, cache) = (folder.join("go"), folder.join("cache"));
    let variables = [
        ("TMPDIR", folder.as_os_str()),
        ("HOME", folder.as_os_str()),
        ("GOPATH", home.as_os_str()),
        ("GOCACHE", cache.as_os_str()),
        ("GOROOT", root.as_os_str()),
        ("GO111MODULE", OsStr::new("off")),
        ("GOTOOLCHAIN", OsStr::new("local")),
        ("GOPROXY", OsStr::new("off")),
        ("GOTELEMETRY", OsStr::new("off")),
        ("GOFLAGS", OsStr::new("-buildvcs=false")),
        ("CGO_ENABLED", OsStr::new("0")),
    ];
    let readable = [root.to_owned()];
    let build =
        Build { folder, within: &main, readable: &readable, variables: &variables, limit: BUILD_LIMIT };
    let args = ["build", "-o"].map(OsStr::new).into_iter().chain([made.as_os_str(), OsStr::new(".")]);
    let compiled = sandbox::build(root.join("bin/go").as_os_str(), &args.collect::<Vec<_>>(), &build).ok()?;
    if !compiled.success {
        return None;
    }
    let ran = sandbox::build(made.as_os_str(), &[], &Build { limit: LIMIT, ..build }).ok()?;
    // What holds an address is not compared.
    (ran.success && !ran.late && !ran.out.contains("(0xc0")).then_some(ran.out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_imports_only_those_are_taken_that_are_used_and_of_the_standard_library() {
        let file = "package a\n\nimport (\n\t\"strings\"\n\t\"math/bits\"\n\t\"x.org/other\"\n\t\"sort\"\n)\nfunc f() {}\n";
        assert_eq!(
            standard_imports(file, "strings.ToUpper(x); bits.Len(3); other.F()"),
            "import \"strings\"\nimport \"math/bits\"\n"
        );
        assert_eq!(standard_imports("package a\nimport \"sort\"\n", "sort.Ints(x)"), "import \"sort\"\n");
    }

    #[test]
    fn a_file_becomes_one_of_another_package() {
        assert_eq!(
            in_package("// package a\npackage a\n\nvar x = 1\n", "old").as_deref(),
            Some("// package a\npackage old\n\nvar x = 1\n")
        );
        assert_eq!(in_package("func f() {}\n", "old"), None);
    }

    #[test]
    fn arguments_that_may_be_changed_are_shown_when_they_were() {
        let signature = Signature::read("func f(xs []int, n int) {").unwrap();
        let run = run("f", &signature, &["[]int{1}".into(), "2".into()]);
        assert_eq!(
            run,
            "var a0 []int = []int{1}; b0 := show(a0); var a1 int = 2; f(a0, a1); r := \"\"; \
             if c := show(a0); c != b0 { r += \"; xs = \" + c }; return r"
        );
    }
}
