//! What a worker cannot do, attempted by the worker: it is stopped where it waits for work, and made to call the kernel
//! ([`tracer`]). The same attempts succeed for a process that gave up nothing, so that this test can fail. Both as root and as another
//! user; that, and looking into a worker at all, takes root.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod attempts;
mod tracer;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::{
        fs::{self, Permissions},
        io::{BufRead, BufReader, Write},
        os::unix::fs::{PermissionsExt, chown},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        thread,
        time::Duration,
    };

    use ipc::{blocking::Conversation, client::WorkerProgram, handshake::STATES_VARIABLE};
    use tests::{ground, worker};

    use super::{
        attempts::{self, Attempt, Free, Ground, REFUSALS},
        tracer::{Arg, Traced},
    };

    /// «nobody», on every Linux.
    const NOBODY: u32 = 65_534;
    /// This many were promised.
    const MIN_ATTEMPTS: usize = 80;

    fn root_on_ground(what: &str) -> bool {
        let root = rustix::process::geteuid().is_root();
        if !root {
            ground::skip(what, "looking into a confined process takes root");
        }
        root
    }

    /// A folder that belongs to a user and that all can reach.
    fn folder_of(user: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        chown(folder.path(), Some(user), Some(user)).unwrap();
        folder
    }

    /// A command line as this user.
    fn as_user(user: u32, program: &Path) -> Command {
        if user == 0 {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".into()]);
        command.arg(program);
        command
    }

    /// Waits until a process waits in this call.
    fn waits_in(pid: u32, call: i64) {
        let begins = format!("{call} ");
        while !fs::read_to_string(format!("/proc/{pid}/syscall")).is_ok_and(|text| text.starts_with(&begins))
        {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Somebody who sleeps and has given up nothing.
    struct Sleeper(Child);

    impl Sleeper {
        fn new(user: u32) -> Sleeper {
            let mut command = as_user(user, Path::new("sleep"));
            let child = command.arg("600").stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            waits_in(child.id(), libc::SYS_clock_nanosleep);
            Sleeper(child)
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            let _gone = self.0.kill();
            let _reaped = self.0.wait();
        }
    }

    /// Tells [`host`] what it is.
    const HOST: &str = "LOCALCODER_TEST_HOST";
    /// Before what it says: the harness says things of its own.
    const SAYS: &str = "host> ";

    /// Not a test by itself: the editor of a worker, which the tests below start as another user. It cannot be them, for whoever traces
    /// a process must not be who waits for its end.
    #[test]
    #[ignore = "the other tests of this file run it"]
    fn host() {
        if std::env::var_os(HOST).is_none() {
            return;
        }
        let mut program = worker();
        program.env =
            std::env::var_os(STATES_VARIABLE).map(|it| (STATES_VARIABLE.into(), it)).into_iter().collect();
        let conversation = Conversation::new(program);
        conversation.devices().unwrap();
        println!("\n{SAYS}{}", conversation.client().worker_pid().unwrap());
        std::io::stdin().read_line(&mut String::new()).unwrap();
        println!("\n{SAYS}{:?}", conversation.ping().is_ok());
    }

    /// A worker of this user that has greeted its editor and waits for work.
    struct Worker {
        pid: u32,
        host: Child,
        said: Box<dyn Iterator<Item = String>>,
        states: tempfile::TempDir,
        _programs: tempfile::TempDir,
    }

    impl Worker {
        fn new(user: u32) -> Worker {
            // Where the user can reach them.
            let programs = folder_of(0);
            let copied = |program: &Path, name: &str| {
                let copy = programs.path().join(name);
                fs::copy(program, &copy).unwrap();
                copy
            };
            let host = copied(&std::env::current_exe().unwrap(), "host");
            let worker = copied(&worker().path, "localcoder-worker");
            let states = folder_of(user);
            let mut command = as_user(user, &host);
            command.args(["--exact", "x86::host", "--ignored", "--nocapture", "--test-threads=1"]);
            command.env(HOST, "1").env("LOCALCODER_WORKER", worker).env(STATES_VARIABLE, states.path());
            command.env_remove("TMPDIR").current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut host = command.spawn().unwrap();
            let lines = BufReader::new(host.stdout.take().unwrap()).lines().map_while(Result::ok);
            let mut said = lines.filter_map(|line| line.strip_prefix(SAYS).map(ToOwned::to_owned));
            let pid = said.next().expect("the worker has greeted its editor").parse().unwrap();
            Worker { pid, host, said: Box::new(said), states, _programs: programs }
        }

        fn stopped(&self) -> Traced {
            // It has answered and goes to sleep.
            waits_in(self.pid, libc::SYS_futex);
            Traced::stop(self.pid).unwrap()
        }

        /// Whether it answers still; then it ends.
        fn answers(mut self) -> bool {
            writeln!(self.host.stdin.take().unwrap()).unwrap();
            let alive = self.said.next().as_deref() == Some("true");
            self.host.wait().unwrap().success() && alive
        }
    }

    /// What each attempt was answered inside the worker: the first refusal, for what follows builds on it, or the last answer.
    fn inside(user: u32) -> Vec<(Attempt, i64)> {
        let (worker, neighbour, folder) = (Worker::new(user), Sleeper::new(user), folder_of(user));
        let about =
            Ground { folder: folder.path(), owner: user, neighbour: neighbour.0.id(), own: worker.pid };
        let attempts = attempts::all(&about);
        let mut traced = worker.stopped();
        let answered: Vec<(Attempt, i64)> = attempts
            .into_iter()
            .map(|attempt| {
                let answers = traced.make(&attempt.calls);
                let refused = answers.iter().find(|answer| REFUSALS.contains(answer));
                (attempt, *refused.or(answers.last()).unwrap())
            })
            .collect();
        traced.release();
        assert!(worker.answers(), "it goes on as if nothing had been");
        let (whole, all) = about.untouched();
        assert!(whole == all && all > 30, "{whole} of {all} files are as they were");
        answered
    }

    /// The same for processes that gave up nothing, one for each attempt: some change who they are.
    fn outside(user: u32) -> Vec<(Attempt, i64)> {
        let (neighbour, folder) = (Sleeper::new(user), folder_of(user));
        let about = |own| Ground { folder: folder.path(), owner: user, neighbour: neighbour.0.id(), own };
        let count = attempts::all(&about(0)).len();
        let answer = |number: usize| {
            let sleeper = Sleeper::new(user);
            let attempt = attempts::all(&about(sleeper.0.id())).swap_remove(number);
            let mut traced = Traced::stop(sleeper.0.id()).unwrap();
            let answer = *traced.make(&attempt.calls).last().unwrap();
            (attempt, answer)
        };
        (0..count).map(answer).collect()
    }

    fn refused_inside_and_done_outside(user: u32) {
        let (inside, outside) = (inside(user), outside(user));
        let mut wrong = Vec::new();
        for (attempt, answer) in &inside {
            if !REFUSALS.contains(answer)
                || attempt.free == Free::Unknown && *answer == -i64::from(libc::ENOSYS)
            {
                wrong.push(format!("inside, {} is answered {answer}", attempt.name));
            }
        }
        let mut done = 0;
        for (attempt, answer) in &outside {
            if *answer == -i64::from(libc::ENOSYS) && attempt.free != Free::Unknown {
                println!("this kernel does not know: {}", attempt.name);
            } else if attempt.free.is(*answer, user == 0) {
                done += usize::from(!REFUSALS.contains(answer));
            } else {
                wrong.push(format!("outside, {} is answered {answer}", attempt.name));
            }
        }
        println!(
            "user {user}: {} attempts refused inside, {done} of them done or reached outside",
            inside.len()
        );
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(done >= MIN_ATTEMPTS, "{done}");
    }

    #[test]
    fn what_root_attempts_in_the_worker_is_refused_and_done_outside() {
        if root_on_ground("attempts to escape from the worker, as root") {
            refused_inside_and_done_outside(0);
        }
    }

    #[test]
    fn what_a_user_attempts_in_the_worker_is_refused_and_done_outside() {
        let what = "attempts to escape from the worker, as a user";
        if root_on_ground(what) && ground::program(what, "setpriv").is_some() {
            refused_inside_and_done_outside(NOBODY);
        }
    }

    /// Else a worker that can do nothing at all would pass.
    #[test]
    fn the_worker_reads_what_it_computes_with_and_writes_its_own_folder() {
        if !root_on_ground("what a worker may do") {
            return;
        }
        let worker = Worker::new(0);
        let own = |name: &str| Arg::Text(worker.states.path().join(name).to_str().unwrap().to_owned());
        let open = |path: Arg, flags: i32| {
            let (here, flags) = (i64::from(libc::AT_FDCWD).cast_unsigned(), i64::from(flags).cast_unsigned());
            (libc::SYS_openat, vec![Arg::Number(here), path, Arg::Number(flags), Arg::Number(0o600)])
        };
        let read = |path: &str| vec![open(Arg::Text(path.into()), libc::O_RDONLY)];
        let may = vec![
            ("its own memory", read("/proc/self/statm")),
            ("its own map", read("/proc/self/maps")),
            ("what the machine has", read("/proc/meminfo")),
            ("how busy it is", read("/proc/stat")),
            ("its processors", read("/sys/devices/system/cpu/online")),
            ("a new file", vec![open(own("a"), libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL)]),
            ("another name for it", vec![(libc::SYS_rename, vec![own("a"), own("b")])]),
            ("it read again", vec![open(own("b"), libc::O_RDONLY)]),
            ("the end of it", vec![(libc::SYS_unlink, vec![own("b")])]),
            ("its folder", vec![open(own("."), libc::O_RDONLY | libc::O_DIRECTORY)]),
            (
                "a signal to itself",
                vec![(
                    libc::SYS_tgkill,
                    vec![Arg::Number(worker.pid.into()), Arg::Number(worker.pid.into()), Arg::Number(0)],
                )],
            ),
        ];
        let mut traced = worker.stopped();
        // Also when memory was short, and the kernel forgot what nobody has open (Documentation/admin-guide/sysctl/vm.rst).
        if fs::write("/proc/sys/vm/drop_caches", "2").is_err() {
            println!("this system lets nobody drop its caches");
        }
        for (what, calls) in &may {
            let answer = *traced.make(calls).last().unwrap();
            assert!(answer >= 0, "{what}: {answer}");
        }
        traced.release();
        assert!(worker.answers());
    }

    /// Starts a process that holds itself to this, has it attempt everything, and answers with what it told and could do. What `must`
    /// be refused is.
    fn held(kind: &str, must: impl Fn(&Attempt) -> bool) -> (String, Vec<&'static str>, Traced, Sleeper) {
        let (neighbour, folder, states) = (Sleeper::new(0), folder_of(0), folder_of(0));
        let mut command = Command::new(env!("CARGO_BIN_EXE_held"));
        command.arg(kind).env(STATES_VARIABLE, states.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut held = Sleeper(command.stderr(Stdio::piped()).spawn().unwrap());
        let mut told = String::new();
        BufReader::new(held.0.stdout.take().unwrap()).read_line(&mut told).unwrap();
        let own = held.0.id();
        waits_in(own, libc::SYS_read);
        let mut traced = Traced::stop(own).unwrap();
        let about = Ground { folder: folder.path(), owner: 0, neighbour: neighbour.0.id(), own };
        let mut done = Vec::new();
        for attempt in attempts::all(&about) {
            let answers = traced.make(&attempt.calls);
            let refused = answers.iter().any(|answer| REFUSALS.contains(answer));
            assert!(refused || !must(&attempt), "{} is answered {answers:?}", attempt.name);
            done.extend((!refused).then_some(attempt.name));
        }
        let (whole, all) = about.untouched();
        assert!(whole == all && all > 30, "{whole} of {all} files are as they were");
        (told, done, traced, held)
    }

    /// A list of what is refused instead of what is allowed: what harms is in it.
    #[test]
    fn what_harms_is_refused_also_where_a_driver_may_do_more() {
        if !root_on_ground("attempts to escape where a GPU's driver may do more") {
            return;
        }
        let (told, done, mut traced, _held) = held("gpu", |attempt| attempt.with_gpu);
        assert!(told.contains("seccomp, for a GPU's driver"), "{told:?}");
        println!("a driver may do: {}", done.join(", "));
        let driver = |path: &str| {
            let (nowhere, reading) = (Arg::Number(u64::MAX), Arg::Number(0));
            [(libc::SYS_openat, vec![nowhere, Arg::Text(path.into()), reading])]
        };
        for needed in ["/usr/lib", "/sys/bus", "/dev/null", "/proc/self/maps"] {
            assert!(traced.make(&driver(needed))[0] >= 0, "{needed}");
        }
    }

    /// What a kernel without Landlock cannot give is said, and what needs it is off: a worker that cannot be held to its folder
    /// writes nothing at all.
    #[test]
    fn without_landlock_the_worker_reads_and_says_so_and_writes_nothing() {
        if !root_on_ground("attempts to escape on a kernel without Landlock") {
            return;
        }
        const READS: [&str; 10] = [
            "read a file of the user",
            "list a folder",
            "read the list of users",
            "its environment",
            "its command line",
            "its state",
            "its map",
            "its descriptors",
            "its program",
            "the first process",
        ];
        let (told, done, ..) = held("old", |attempt| !READS.contains(&attempt.name));
        assert!(told.contains("NOT: this kernel has no Landlock"), "{told:?}");
        assert!(told.contains("computed prompts are not kept"), "{told:?}");
        println!("it may do: {}", done.join(", "));
        assert!(done.contains(&"read a file of the user"), "{done:?}");
    }

    #[test]
    fn what_a_worker_inherits_it_closes() {
        if !root_on_ground("descriptors of a worker") {
            return;
        }
        let program = worker().path;
        let script = format!("exec 7</etc/passwd 8</etc/group; exec '{}'", program.display());
        let sh =
            WorkerProgram { path: "/bin/sh".into(), args: vec!["-c".into(), script.into()], env: vec![] };
        let conversation = Conversation::new(sh);
        conversation.devices().unwrap();
        let pid = conversation.client().worker_pid().unwrap();
        let open: Vec<PathBuf> = fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .map(|entry| fs::read_link(entry.unwrap().path()).unwrap())
            .collect();
        assert!(open.len() > 3, "{open:?}");
        assert!(!open.iter().any(|path| path.starts_with("/etc")), "{open:?}");
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let field =
            |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
        for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
            assert_eq!(field(set), "0000000000000000", "{set}");
        }
        assert_eq!([field("NoNewPrivs:"), field("Seccomp:")], ["1", "2"]);
    }

    #[test]
    fn doctor_is_told_what_holds_the_worker() {
        let worker = Conversation::new(worker());
        let (_, held) = worker.describe().unwrap();
        for word in ["system calls allowed", "no network", "no capabilities", "ends with the editor"] {
            assert!(held.on.contains(word), "{held:?}");
        }
        assert!(held.on.contains("Landlock") != held.off.contains("Landlock"), "{held:?}");
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[test]
fn escapes_from_the_worker() {
    tests::ground::lacking(
        "attempts to escape from the worker",
        "they are made of this processor's registers",
    );
}
