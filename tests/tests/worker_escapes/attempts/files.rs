//! Files by their names and by descriptors.

use super::*;

pub(super) fn files(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let read = |name| opened(g.file(name), libc::O_RDONLY);
    let at = |path: Arg, more: Vec<Arg>| [vec![n(HERE), path], more].concat();
    let how = Arg::Bytes([u64::from(libc::O_WRONLY.cast_unsigned()), 0, 0].map(u64::to_le_bytes).concat());
    let value = || vec![text("user.a"), text("b"), n(1), n(0)];
    let in_struct = Arg::Words(vec![text("b"), Arg::Number(1)]);
    vec![
        always("read a file of the user", Done, vec![read("read")]),
        always("list a folder", Done, vec![opened(g.path("."), libc::O_RDONLY | libc::O_DIRECTORY)]),
        always("read the list of users", Done, vec![opened(text("/etc/passwd"), libc::O_RDONLY)]),
        always("open to write", Done, vec![opened(g.file("write"), libc::O_WRONLY)]),
        always("open to read and write", Done, vec![opened(g.file("both"), libc::O_RDWR)]),
        always("open to append", Done, vec![opened(g.file("append"), libc::O_WRONLY | libc::O_APPEND)]),
        always("open to read and empty", Done, vec![opened(g.file("empty"), libc::O_RDONLY | libc::O_TRUNC)]),
        always(
            "the same by its older name",
            Done,
            vec![(libc::SYS_open, vec![g.file("empty2"), n(libc::O_TRUNC)])],
        ),
        always(
            "open to write by openat2",
            Done,
            vec![(libc::SYS_openat2, at(g.file("how"), vec![how, n(24)]))],
        ),
        always("create a file", Done, vec![opened(g.path("new"), libc::O_CREAT | libc::O_WRONLY)]),
        always("create a file by creat", Done, vec![(libc::SYS_creat, vec![g.path("new2"), n(0o600)])]),
        always(
            "create one without a name",
            Done,
            vec![opened(g.path("."), libc::O_TMPFILE | libc::O_WRONLY)],
        ),
        always("truncate", Done, vec![(libc::SYS_truncate, vec![g.file("cut"), n(1)])]),
        always("unlink", Done, vec![(libc::SYS_unlink, vec![g.file("gone")])]),
        always("unlinkat", Done, vec![(libc::SYS_unlinkat, at(g.file("gone2"), vec![n(0)]))]),
        always("rename", Done, vec![(libc::SYS_rename, vec![g.file("old"), g.path("renamed")])]),
        always(
            "renameat2",
            Done,
            vec![(libc::SYS_renameat2, vec![n(HERE), g.file("old2"), n(HERE), g.path("renamed2"), n(0)])],
        ),
        always("link", Done, vec![(libc::SYS_link, vec![g.file("linked"), g.path("link")])]),
        always(
            "linkat",
            Done,
            vec![(libc::SYS_linkat, vec![n(HERE), g.file("linked2"), n(HERE), g.path("link2"), n(0)])],
        ),
        always("symlink", Done, vec![(libc::SYS_symlink, vec![text("/etc/passwd"), g.path("symlink")])]),
        always(
            "symlinkat",
            Done,
            vec![(libc::SYS_symlinkat, vec![text("/etc/passwd"), n(HERE), g.path("symlink2")])],
        ),
        always("mkdir", Done, vec![(libc::SYS_mkdir, vec![g.path("folder"), n(0o700)])]),
        always("mkdirat", Done, vec![(libc::SYS_mkdirat, at(g.path("folder2"), vec![n(0o700)]))]),
        always(
            "make a pipe with a name",
            Done,
            vec![(libc::SYS_mknod, vec![g.path("pipe"), n(libc::S_IFIFO | 0o600), n(0)])],
        ),
        always(
            "make a device",
            Free::ByRoot,
            vec![(libc::SYS_mknodat, at(g.path("null"), vec![n(libc::S_IFCHR | 0o600), n(0x103)]))],
        ),
        always("chmod", Done, vec![(libc::SYS_chmod, vec![g.file("mode"), n(0o777)])]),
        always("fchmodat", Done, vec![(libc::SYS_fchmodat, at(g.file("mode2"), vec![n(0o777)]))]),
        always("fchmodat2", Done, vec![(SYS_FCHMODAT2, at(g.file("mode3"), vec![n(0o777), n(0)]))]),
        always("chown", Done, vec![(libc::SYS_chown, vec![g.file("owner"), n(g.owner), n(g.owner)])]),
        always("lchown", Done, vec![(libc::SYS_lchown, vec![g.file("owner2"), n(g.owner), n(g.owner)])]),
        always(
            "fchownat",
            Done,
            vec![(libc::SYS_fchownat, at(g.file("owner3"), vec![n(g.owner), n(g.owner), n(0)]))],
        ),
        always("utimensat", Done, vec![(libc::SYS_utimensat, at(g.file("time"), vec![n(0), n(0)]))]),
        always("utime", Done, vec![(libc::SYS_utime, vec![g.file("time2"), n(0)])]),
        always("utimes", Done, vec![(libc::SYS_utimes, vec![g.file("time3"), n(0)])]),
        always("setxattr", Done, vec![(libc::SYS_setxattr, [vec![g.file("x")], value()].concat())]),
        always("lsetxattr", Done, vec![(libc::SYS_lsetxattr, [vec![g.file("x2")], value()].concat())]),
        always(
            "setxattrat",
            Done,
            vec![(SYS_SETXATTRAT, at(g.file("x3"), vec![n(0), text("user.a"), in_struct, n(16)]))],
        ),
        always("removexattr", Reached, vec![(libc::SYS_removexattr, vec![g.file("x4"), text("user.a")])]),
        always("lremovexattr", Reached, vec![(libc::SYS_lremovexattr, vec![g.file("x5"), text("user.a")])]),
        always(
            "file_setattr",
            Reached,
            vec![(SYS_FILE_SETATTR, at(g.file("attributes"), vec![space(24), n(1), n(0)]))],
        ),
        always(
            "name_to_handle_at",
            Reached,
            vec![(libc::SYS_name_to_handle_at, at(g.file("handle"), vec![space(8), space(8), n(0)]))],
        ),
        always(
            "open_by_handle_at",
            Free::ReachedByRoot,
            vec![(libc::SYS_open_by_handle_at, vec![n(HERE), space(8), n(0)])],
        ),
        always("chdir", Done, vec![(libc::SYS_chdir, vec![text("/tmp")])]),
        always("chroot", Free::ByRoot, vec![(libc::SYS_chroot, vec![text("/")])]),
    ]
}

pub(super) fn descriptors(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let read = |name| opened(g.file(name), libc::O_RDONLY);
    let on = |fd: Arg, more: Vec<Arg>| [vec![fd], more].concat();
    let of_read = || Arg::Answer(0);
    let stderr = || n(2);
    let unlimited = || Arg::Bytes(vec![0; 8]);
    let value = || vec![text("user.a"), text("b"), n(1), n(0)];
    let terminal = || opened(text("/dev/ptmx"), libc::O_RDWR | libc::O_NOCTTY);
    vec![
        always("fchmod of what it holds", Free::ByRoot, vec![(libc::SYS_fchmod, vec![stderr(), n(0o600)])]),
        always("fchown of what it holds", Done, vec![(libc::SYS_fchown, vec![stderr(), n(-1), n(-1)])]),
        always("fchmod of a file", Done, vec![read("fd"), (libc::SYS_fchmod, on(of_read(), vec![n(0o777)]))]),
        always("fsetxattr", Done, vec![read("fd2"), (libc::SYS_fsetxattr, on(of_read(), value()))]),
        always(
            "flags of a file",
            Done,
            vec![
                read("fd3"),
                (libc::SYS_ioctl, on(of_read(), vec![n(FS_IOC_GETFLAGS), unlimited()])),
                (libc::SYS_ioctl, on(of_read(), vec![n(FS_IOC_SETFLAGS), Arg::Words(vec![n(0x80000)])])),
            ],
        ),
        always(
            "flags of what it holds",
            Reached,
            vec![(libc::SYS_ioctl, on(stderr(), vec![n(FS_IOC_SETFLAGS), unlimited()]))],
        ),
        always("a terminal", Done, vec![terminal()]),
        always(
            "a terminal's size",
            Done,
            vec![terminal(), (libc::SYS_ioctl, on(of_read(), vec![n(libc::TIOCSWINSZ), space(8)]))],
        ),
        always(
            "type into a terminal",
            Reached,
            vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCSTI), text("x")]))],
        ),
        always(
            "take a terminal",
            Reached,
            vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCSCTTY), n(0)]))],
        ),
        always(
            "speak to a console",
            Reached,
            vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCLINUX), text("\u{3}")]))],
        ),
        always(
            "an owner who gets signals",
            Done,
            vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETOWN), n(g.neighbour)]))],
        ),
        always("which signal", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(10), n(libc::SIGWINCH)]))]),
        always(
            "an owner by kind",
            Done,
            vec![(
                libc::SYS_fcntl,
                on(
                    stderr(),
                    vec![
                        n(15),
                        Arg::Bytes([1_i32, g.neighbour.cast_signed()].map(i32::to_le_bytes).concat()),
                    ],
                ),
            )],
        ),
        always(
            "a lease",
            Done,
            vec![read("fd4"), (libc::SYS_fcntl, on(of_read(), vec![n(libc::F_SETLEASE), n(libc::F_RDLCK)]))],
        ),
        on_cpu(
            "signals when there is something to read",
            Done,
            vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETFL), n(libc::O_ASYNC)]))],
        ),
        on_cpu(
            "the size of a pipe",
            Done,
            vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETPIPE_SZ), n(4096)]))],
        ),
        always("a lock", Done, vec![(libc::SYS_flock, vec![stderr(), n(libc::LOCK_SH)])]),
        on_cpu(
            "any question to a descriptor",
            Done,
            vec![(libc::SYS_ioctl, vec![stderr(), n(libc::FIONREAD), space(8)])],
        ),
        on_cpu("/dev/null", Done, vec![opened(text("/dev/null"), libc::O_RDWR)]),
        always("/dev/full", Done, vec![opened(text("/dev/full"), libc::O_RDWR)]),
        on_cpu("a file that is only named", Done, vec![opened(g.file("named"), libc::O_PATH)]),
    ]
}
