//! What a program may do that the editor runs to check a proposal.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    ffi::OsStr,
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tests::{TestModel, editor, ground, screen::Home};

/// An interpreter's own file, as it tells it: what stands in the path may be a script that starts other programs.
fn on_ground(what: &str, name: &str, tell: [&str; 2]) -> Option<String> {
    let output = Command::new(ground::program(what, name)?).args(tell).output().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn python_on_ground(what: &str) -> Option<String> {
    on_ground(what, "python3", ["-c", "import sys; print(sys.executable)"])
}

/// Whether this kernel keeps programs to their files (Landlock); where it does not, none is run.
fn landlock_on_ground(what: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let output = building(folder.path(), "/bin/true".as_ref(), &[], folder.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        assert!(said.contains("cannot be confined"), "{said}");
        ground::lacking(what, said);
    }
    output.status.success()
}

/// A program that computes, with a folder of its own.
fn running(folder: &Path, program: &OsStr, args: &[&str]) -> Output {
    let mut command = Command::new(editor());
    command.args(["confined", "--run"]).arg(folder).arg(program).args(args).current_dir(folder);
    command.output().unwrap()
}

#[test]
fn a_confined_program_computes_and_reads_and_nothing_else() {
    let what = "a confined program";
    let (Some(python), true) = (python_on_ground(what), landlock_on_ground(what)) else { return };
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let confined = |code: &str| running(folder.path(), python.as_ref(), &["-I", "-B", "-c", code]);
    let kept = folder.path().join("kept");
    fs::write(&kept, "x").unwrap();
    let elsewhere = other.path().join("kept");
    fs::write(&elsewhere, "secret").unwrap();
    let (path, elsewhere) = (kept.to_str().unwrap(), elsewhere.to_str().unwrap());
    let fine = confined(&format!(
        "import asyncio, threading; asyncio.run(asyncio.sleep(0)); print(sum(range(10)), open({path:?}).read())"
    ));
    assert_eq!(String::from_utf8_lossy(&fine.stdout), "45 x\n", "{}", String::from_utf8_lossy(&fine.stderr));
    for forbidden in [
        "import socket; socket.socket()".to_owned(),
        format!("open({elsewhere:?})"),
        "import os; os.listdir(os.path.expanduser('~'))".to_owned(),
        format!("open({path:?}, 'w')"),
        format!("import os; os.open({path:?}, os.O_RDONLY | os.O_TRUNC)"),
        format!("import os; os.remove({path:?})"),
        format!("import os; os.rename({path:?}, {path:?} + '2')"),
        "import os; os.fork()".to_owned(),
        "import subprocess; subprocess.run(['true'])".to_owned(),
        "import os; os.kill(os.getppid(), 0)".to_owned(),
    ] {
        let output = confined(&forbidden);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && errors.contains("PermissionError"), "{forbidden}: {errors}");
    }
    assert_eq!(fs::read_to_string(&kept).unwrap(), "x");
}

/// A program that builds in a folder.
fn building(folder: &Path, program: &OsStr, args: &[&str], within: &Path) -> Output {
    let mut command = Command::new(editor());
    command.args(["confined", "--build"]).arg(folder).arg(program).args(args).current_dir(within);
    command.env("CARGO_TARGET_DIR", folder.join("target")).env("TMPDIR", folder).env_remove("RUSTFLAGS");
    // Not the ones in the path, which may be rustup's and in a home.
    let toolchain = Path::new(program).parent().unwrap();
    command.env("RUSTC", toolchain.join("rustc")).env("RUSTDOC", toolchain.join("rustdoc"));
    command.output().unwrap()
}

#[test]
fn a_build_writes_in_its_folder_and_nowhere_else() {
    let what = "a build that is confined";
    let (Some(python), true) = (python_on_ground(what), landlock_on_ground(what)) else { return };
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = other.path().join("kept");
    fs::write(&kept, "x").unwrap();
    let run = |code: &str| building(folder.path(), "/bin/sh".as_ref(), &["-c", code], folder.path());
    let inside = run("echo a > a && mkdir b && mv a b/c && cat b/c");
    assert_eq!(String::from_utf8_lossy(&inside.stdout), "a\n", "{}", String::from_utf8_lossy(&inside.stderr));
    let path = kept.to_str().unwrap();
    for forbidden in [
        format!("cat {path}"),
        format!("echo y > {path}"),
        format!("rm {path}"),
        format!("mv {path} b/"),
        format!("ln -s {path} link && echo y > link"),
        format!("chmod 777 {path}"),
        format!("touch -d 1990-01-01 {path}"),
        format!("mkdir {path}2"),
    ] {
        assert!(!run(&forbidden).status.success(), "{forbidden}");
    }
    let code = "import socket; socket.socket()";
    assert!(!building(folder.path(), python.as_ref(), &["-c", code], folder.path()).status.success());
    assert_eq!(fs::read_to_string(&kept).unwrap(), "x");
}

#[test]
fn cargo_checks_and_tests_documentation_in_its_folder() {
    if !landlock_on_ground("cargo, confined") {
        return;
    }
    let manifest = "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    let cargo = std::env::var_os("CARGO").unwrap();
    // In a new folder each time, as the editor does it: what cargo built a moment ago would count as that of the changed file.
    let run = |code: &str, args: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("project");
        fs::create_dir_all(project.join("src")).unwrap();
        fs::write(project.join("Cargo.toml"), manifest).unwrap();
        let example = "/// ```\n/// assert_eq!(sample::twice(2), 4);\n/// ```";
        let text = format!("/// Twice.\n{example}\npub fn twice(x: u32) -> u32 {{\n    {code}\n}}\n");
        fs::write(project.join("src/lib.rs"), text).unwrap();
        building(folder.path(), &cargo, args, &project)
    };
    let check = ["check", "--offline", "--quiet", "--message-format", "short"];
    let fine = run("x * 2", &check);
    assert!(fine.status.success(), "{}", String::from_utf8_lossy(&fine.stderr));
    let wrong = run("\"x\"", &check);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains(": error[E0308]"), "{wrong:?}");
    let documentation = ["test", "--doc", "--offline", "--quiet", "--", "--format=pretty", "twice"];
    for (code, result) in [("x * 2", "... ok"), ("x * 3", "... FAILED")] {
        let said = run(code, &documentation);
        let words = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(words.contains(&format!("test src/lib.rs - twice (line 2) {result}")), "{said:?}");
    }
}

#[test]
fn examples_judge_the_real_models_answer_only_when_asked_to() {
    if python_on_ground("examples of the real model's answer").is_none() {
        return;
    }
    let home = Home::new().unwrap();
    let file = home.path().join("twice.py");
    let text = "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * 3\n";
    fs::write(&file, text).unwrap();
    let improve = |flags: &[&str]| -> Value {
        let mut command = Command::new(editor());
        home.move_in(&mut command);
        let model = TestModel::OneAndHalf.path();
        let output = command
            .arg("improve")
            .arg(&file)
            .args(["--lines", "1:7", "--instruction", "Fix it.", "--format", "json", "--model"])
            .arg(model)
            .args(flags)
            .output()
            .unwrap();
        let last =
            String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned).unwrap_or_default();
        serde_json::from_str(&last).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    };
    assert_eq!(improve(&[])["examples"], 0);
    let judged = improve(&["--examples"]);
    assert_eq!((&judged["examples"], &judged["examples_held"]), (&1.into(), &1.into()), "{judged}");
}

#[test]
fn checkers_of_languages_work_confined() {
    let what = "checkers of languages";
    let Some(python) = python_on_ground(what) else { return };
    let Some(node) = on_ground(what, "node", ["-p", "process.execPath"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let compile = "import sys; compile(open(sys.argv[1], 'rb').read(), 'code.py', 'exec')";
    let cases: [(&str, &[&str], &str, &str); 3] = [
        (&python, &["-I", "-B", "-c", compile], "def f():\n    return 1\n", "return 1\n"),
        (&node, &["--check"], "let a = 1;\n", "let a = 1;\nlet a = 2;\n"),
        ("bash", &["-n"], "if true; then ls; fi\n", "if true; then ls\n"),
    ];
    for (number, (program, args, right, wrong)) in cases.into_iter().enumerate() {
        let check = |text: &str| {
            let file = folder.path().join(format!("code{number}.js"));
            fs::write(&file, text).unwrap();
            let args = [args, &[file.to_str().unwrap()]].concat();
            running(folder.path(), program.as_ref(), &args)
        };
        let (fine, bad) = (check(right), check(wrong));
        assert!(fine.status.success(), "{program}: {}", String::from_utf8_lossy(&fine.stderr));
        let errors = String::from_utf8_lossy(&bad.stderr).into_owned();
        assert!(!bad.status.success() && errors.to_lowercase().contains("error"), "{program}: {errors}");
    }
}
