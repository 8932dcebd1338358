# Attempts to reach beyond a sandbox. Each is harmless to the machine: its victims were made for it by host.py, which runs this
# file freely, where every attempt must succeed, and confined, where none may.
#
#   attempts.py WORLD [NAME]    WORLD: what host.py made, as JSON; goes on behind the attempt NAME, which ended its process
import ctypes
import errno
import fcntl
import json
import mmap
import os
import platform
import signal
import socket
import struct
import sys
import termios
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
X86 = platform.machine() == "x86_64"
AT_FDCWD = -100
ATTEMPTS = []
world = {}

# Numbers on x86-64, and on the others, which share one table (asm/unistd.h).
NUMBERS = {
    "add_key": (248, 217), "bpf": (321, 280), "capset": (126, 91), "chmod": (90, None), "chown": (92, None), "clone": (56, 220),
    "clone3": (435, 435), "creat": (85, None), "fanotify_init": (300, 262), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "file_setattr": (469, 469), "fsconfig": (431, 431), "fsopen": (430, 430), "fspick": (433, 433), "fsmount": (432, 432),
    "futimesat": (261, None), "get_robust_list": (274, 100), "inotify_init1": (294, 26), "io_uring_setup": (425, 425),
    "ioperm": (173, None), "ioprio_set": (251, 30), "kcmp": (312, 272), "keyctl": (250, 219), "lchown": (94, None),
    "listmount": (458, 458), "memfd_create": (319, 279), "memfd_secret": (447, 447), "mincore": (27, 232), "mlock": (149, 228),
    "mount": (165, 40), "mount_setattr": (442, 442), "move_pages": (279, 239), "mq_open": (240, 180), "msgget": (68, 186),
    "name_to_handle_at": (303, 264), "open": (2, None), "open_by_handle_at": (304, 265), "open_tree": (428, 428),
    "openat": (257, 56), "openat2": (437, 437), "perf_event_open": (298, 241), "personality": (135, 92),
    "pidfd_getfd": (438, 438), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "prlimit64": (302, 261),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "ptrace": (101, 117), "request_key": (249, 218),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "sched_setattr": (314, 274), "seccomp": (317, 277),
    "semget": (64, 190), "setns": (308, 268), "setxattrat": (463, 463), "shmat": (30, 196), "shmget": (29, 194),
    "syslog": (103, 116), "tgkill": (234, 131), "tkill": (200, 130), "umount2": (166, 39), "unshare": (272, 97),
    "userfaultfd": (323, 282), "utime": (132, None), "utimensat": (280, 88), "utimes": (235, None), "vmsplice": (278, 75),
}


def call(name, *args):
    """A system call by its number, past all that a library would do in between."""
    number = NUMBERS[name][0 if X86 else 1]
    words = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    answer = libc.syscall(ctypes.c_long(number), *words)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


def attempt(name, root=False, x86=False, builds=False):
    """`root`: nobody else may do it anyway. `x86`: there is no such call elsewhere. `builds`: a build may do it."""

    def put(run):
        if not x86 or X86:
            ATTEMPTS.append((name, root, builds, run))
        return run

    return put


def easy(name, run, **kinds):
    attempt(name, **kinds)(run)


def path(name):
    """A victim that nobody may touch."""
    return os.path.join(world["closed"], name.replace(" ", "-").replace("/", "-"))


def raw(name):
    return path(name).encode()


def shown(name):
    """A descriptor of a victim that may be read, and nothing else."""
    return os.open(os.path.join(world["shown"], name.replace(" ", "-").replace("/", "-")), os.O_RDONLY)


def in_child(run):
    """In a process of its own, for what cannot be undone. Its own failure is the attempt's."""
    child = os.fork()
    if child == 0:
        try:
            run()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 255)
        except BaseException:
            os._exit(254)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise OSError(abs(code), "in a child: " + (os.strerror(code) if 0 < code < 200 else str(code)))


# ---- files ------------------------------------------------------------------------------------------------------------------

easy("read a file", lambda: open(path("read a file")).read())
easy("list a folder", lambda: os.listdir(world["closed"]))
easy("open to write", lambda: os.open(path("open to write"), os.O_WRONLY))
easy("open to read and write", lambda: os.open(path("open to read and write"), os.O_RDWR))
easy("append", lambda: os.write(os.open(path("append"), os.O_WRONLY | os.O_APPEND), b"more"))
easy("create", lambda: os.open(path("create") + ".new", os.O_WRONLY | os.O_CREAT))
easy("create and only read", lambda: os.open(path("create and only read") + ".new", os.O_RDONLY | os.O_CREAT))
easy("file without a name", lambda: os.open(world["closed"], os.O_TMPFILE | os.O_RDWR))
easy("truncate", lambda: os.truncate(path("truncate"), 0))
easy("creat", lambda: call("creat", raw("creat"), 0o600), x86=True)
easy("empty by the older open", lambda: call("open", raw("empty by the older open"), os.O_TRUNC, 0), x86=True)
easy("remove", lambda: os.unlink(path("remove")))
easy("remove a folder", lambda: os.rmdir(path("remove a folder") + ".folder"))
easy("rename", lambda: os.rename(path("rename"), path("rename") + ".new"))
easy("make a folder", lambda: os.mkdir(path("make a folder") + ".new"))
easy("make a link", lambda: os.link(path("make a link"), path("make a link") + ".new"))
easy("make a symbolic link", lambda: os.symlink("x", path("make a symbolic link") + ".new"))
easy("make a fifo", lambda: os.mkfifo(path("make a fifo") + ".new"))
easy("make a device", lambda: os.mknod(path("make a device") + ".new", 0o600 | 0o020000, os.makedev(1, 3)), root=True)
easy("list attributes", lambda: os.listxattr(path("list attributes")))
easy("watch a folder", lambda: libc_call(libc.inotify_add_watch, call("inotify_init1", 0), world["closed"].encode(), 2))
easy("watch all files", lambda: call("fanotify_init", 0x200, 0))


def libc_call(function, *args):
    answer = function(*args)
    if answer == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


@attempt("empty while reading")
def _():
    os.open(path("empty while reading"), os.O_RDONLY | os.O_TRUNC)


@attempt("empty what may be read")
def _():
    os.open(os.path.join(world["shown"], "empty-what-may-be-read"), os.O_RDONLY | os.O_TRUNC)


@attempt("write what may be read")
def _():
    os.open(os.path.join(world["shown"], "write-what-may-be-read"), os.O_RDWR)


@attempt("write by the name of a descriptor")
def _():
    os.open(f"/proc/self/fd/{shown('write by the name of a descriptor')}", os.O_RDWR)


@attempt("open for requests alone")
def _():
    os.open(path("open for requests alone"), 3)


@attempt("openat2")
def _():
    call("openat2", AT_FDCWD, raw("openat2"), struct.pack("QQQ", os.O_RDWR | os.O_TRUNC, 0, 0), 24)


@attempt("open by handle", root=True)
def _():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    call("name_to_handle_at", AT_FDCWD, raw("open by handle"), handle, ctypes.byref(mount), 0)
    folder = os.open(world["closed"], os.O_RDONLY)
    call("open_by_handle_at", folder, handle, os.O_RDWR)


@attempt("name to handle")
def _():
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    call("name_to_handle_at", AT_FDCWD, raw("name to handle"), handle, ctypes.byref(ctypes.c_int()), 0)


@attempt("exchange two files")
def _():
    first = raw("exchange two files")
    libc_call(libc.renameat2, AT_FDCWD, first, AT_FDCWD, first + b".other", 2)


@attempt("lock what others lock")
def _():
    fcntl.fcntl(shown("lock what others lock"), fcntl.F_SETLEASE, fcntl.F_RDLCK)


@attempt("be told of changes")
def _():
    fcntl.fcntl(os.open(world["shown"], os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_MODIFY)


# ---- owners, permissions, times, attributes ---------------------------------------------------------------------------------

NOW = struct.pack("qqqq", 0, 0, 0, 0)
easy("chmod", lambda: call("chmod", raw("chmod"), 0o777), x86=True)
easy("fchmod", lambda: os.fchmod(shown("fchmod"), 0o777))
easy("fchmodat", lambda: call("fchmodat", AT_FDCWD, raw("fchmodat"), 0o777))
easy("fchmodat2", lambda: call("fchmodat2", AT_FDCWD, raw("fchmodat2"), 0o777, 0))
easy("fchmodat2 of a descriptor", lambda: call("fchmodat2", shown("fchmodat2 of a descriptor"), b"", 0o777, 0x1000))
easy("chown", lambda: call("chown", raw("chown"), os.getuid(), os.getgid()), x86=True)
easy("lchown", lambda: call("lchown", raw("lchown"), os.getuid(), os.getgid()), x86=True)
easy("fchown", lambda: os.fchown(shown("fchown"), os.getuid(), os.getgid()))
easy("fchownat", lambda: os.chown(path("fchownat"), os.getuid(), os.getgid(), follow_symlinks=False))
easy("utime", lambda: call("utime", raw("utime"), struct.pack("qq", 0, 0)), x86=True)
easy("utimes", lambda: call("utimes", raw("utimes"), NOW), x86=True)
easy("futimesat", lambda: call("futimesat", AT_FDCWD, raw("futimesat"), NOW), x86=True)
easy("utimensat", lambda: call("utimensat", AT_FDCWD, raw("utimensat"), NOW, 0))
easy("futimens", lambda: os.utime(shown("futimens"), (0, 0)))
easy("setxattr", lambda: os.setxattr(path("setxattr"), "user.x", b"y"))
easy("lsetxattr", lambda: os.setxattr(path("lsetxattr"), "user.x", b"y", follow_symlinks=False))
easy("fsetxattr", lambda: os.setxattr(shown("fsetxattr"), "user.x", b"y"))
easy("removexattr", lambda: os.removexattr(path("removexattr"), "user.kept"))
easy("fremovexattr", lambda: os.removexattr(shown("fremovexattr"), "user.kept"))
easy("getxattr", lambda: os.getxattr(path("getxattr"), "user.kept"))
# No attributes, and no dump of the file: a flag that changes nothing here.
easy("set extended flags", lambda: fcntl.ioctl(shown("set extended flags"), 0x401C5820, struct.pack("IIIII8x", 0x80, 0, 0, 0, 0)))


@attempt("set flags")
def _():
    victim = shown("set flags")
    now = struct.unpack("q", fcntl.ioctl(victim, 0x80086601, bytes(8)))[0]
    fcntl.ioctl(victim, 0x40086602, struct.pack("q", now | 0x40))


@attempt("setxattrat")
def _():
    value = ctypes.create_string_buffer(b"y")
    arguments = struct.pack("QII", ctypes.addressof(value), 1, 0)
    call("setxattrat", AT_FDCWD, raw("setxattrat"), 0, b"user.x", arguments, len(arguments))


@attempt("file_setattr")
def _():
    call("file_setattr", AT_FDCWD, raw("file_setattr"), struct.pack("QIIII", 0x80, 0, 0, 0, 0), 24, 0)


# ---- descriptors that were handed down --------------------------------------------------------------------------------------

easy("write to a descriptor handed down", lambda: os.write(world["descriptors"]["file"], b"more"))
easy("open beneath a folder handed down", lambda: os.open("x", os.O_RDONLY, dir_fd=world["descriptors"]["folder"]))
easy("send on a socket handed down", lambda: os.write(world["descriptors"]["socket"], b"x"))


# ---- other processes --------------------------------------------------------------------------------------------------------

# By default nobody minds this one.
MILD = signal.SIGWINCH


def info(code=-1):
    return struct.pack("iiiiii", MILD, 0, code, 0, os.getpid(), os.getuid()) + bytes(104)


easy("kill", lambda: os.kill(world["victim"], MILD))
easy("look whether it is there", lambda: os.kill(world["victim"], 0))
easy("kill a group", lambda: os.killpg(world["group"], MILD))
easy("kill all", lambda: os.kill(-1, 0) or os.kill(world["victim"], 0))
easy("tkill", lambda: call("tkill", world["victim"], MILD))
easy("tgkill", lambda: call("tgkill", world["victim"], world["victim"], MILD))
easy("rt_sigqueueinfo", lambda: call("rt_sigqueueinfo", world["victim"], MILD, info()))
easy("rt_tgsigqueueinfo", lambda: call("rt_tgsigqueueinfo", world["victim"], world["victim"], MILD, info()))
easy("pidfd_open", lambda: call("pidfd_open", world["victim"], 0))
easy("pidfd_send_signal", lambda: call("pidfd_send_signal", call("pidfd_open", world["victim"], 0), MILD, None, 0))
easy("pidfd_getfd", lambda: call("pidfd_getfd", call("pidfd_open", world["host"], 0), world["secret descriptor"], 0))
easy("signals when it can be read", lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, world["victim"]))
easy("which signal when it can be read", lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETSIG, signal.SIGKILL))
easy("signals to a thread when it can be read", lambda: fcntl.fcntl(os.pipe()[0], 15, struct.pack("ii", 1, world["victim"])))
easy("asynchronous by flags", lambda: fcntl.fcntl(os.pipe()[0], fcntl.F_SETFL, os.O_ASYNC))
easy("asynchronous by request", lambda: fcntl.ioctl(os.pipe()[0], 0x5452, struct.pack("i", 1)))
easy("limits of another", lambda: call("prlimit64", world["victim"], 7, None, ctypes.create_string_buffer(16)))
easy("lower the limits of another", lambda: call("prlimit64", world["victim"], 4, struct.pack("qq", 0, 0), None))
easy("priority of another", lambda: os.setpriority(os.PRIO_PROCESS, world["victim"], 19))
easy("processors of another", lambda: os.sched_setaffinity(world["victim"], os.sched_getaffinity(0)))
easy("order of another", lambda: os.sched_setscheduler(world["victim"], os.SCHED_BATCH, os.sched_param(0)))
easy("disk priority of another", lambda: call("ioprio_set", 1, world["victim"], (2 << 13) | 7))
easy("locks of another", lambda: call("get_robust_list", world["host"], ctypes.byref(ctypes.c_long()), ctypes.byref(ctypes.c_long())))
easy("compare two others", lambda: call("kcmp", world["host"], world["host"], 2, 0, 0))
easy("pages of another", lambda: call("move_pages", world["host"], 0, None, None, None, 0))


@attempt("trace")
def _():
    call("ptrace", 0x4206, world["victim"], 0, 0)
    call("ptrace", 0x4207, world["victim"], 0, 0)
    os.waitpid(world["victim"], 0x40000000)
    call("ptrace", 17, world["victim"], 0, 0)


def vector(address):
    return struct.pack("QQ", address, 8)


@attempt("read the memory of another")
def _():
    mine = ctypes.create_string_buffer(8)
    call("process_vm_readv", world["host"], vector(ctypes.addressof(mine)), 1, vector(world["address"]), 1, 0)
    assert mine.raw.startswith(b"kept")


@attempt("write the memory of another")
def _():
    mine = ctypes.create_string_buffer(b"changed!")
    call("process_vm_writev", world["host"], vector(ctypes.addressof(mine)), 1, vector(world["address"]), 1, 0)


def of_host(name):
    return f"/proc/{world['host']}/{name}"


easy("environment of another", lambda: open(of_host("environ")).read())
easy("command of another", lambda: open(of_host("cmdline")).read())
easy("state of another", lambda: open(of_host("status")).read())
easy("map of another", lambda: open(of_host("maps")).read())
easy("memory file of another", lambda: os.open(of_host("mem"), os.O_RDWR))
easy("folder of another", lambda: os.readlink(of_host("cwd")))
easy("program of another", lambda: os.readlink(of_host("exe")))
easy("files of another", lambda: os.listdir(of_host("fd")))
easy("a file of another", lambda: os.open(of_host(f"fd/{world['secret descriptor']}"), os.O_RDONLY))
easy("through the root of another", lambda: os.open(of_host("root") + raw("through the root of another").decode(), os.O_RDONLY))
easy("when another is killed for memory", lambda: os.open(of_host("oom_score_adj"), os.O_WRONLY))
easy("namespaces of another", lambda: os.open(of_host("ns/net"), os.O_RDONLY))
easy("list of processes", lambda: os.listdir("/proc"))
easy("which files are mounted", lambda: open("/proc/self/mountinfo").read())
easy("settings of the kernel", lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY), root=True)
easy("keys for the kernel", lambda: os.open("/proc/sysrq-trigger", os.O_WRONLY), root=True)
easy("connections of the machine", lambda: open("/proc/net/tcp").read())
easy("list of mounts", lambda: call("listmount", struct.pack("IIQQQ", 32, 0, 2**64 - 1, 0, 0), ctypes.create_string_buffer(80), 10, 0))

# ---- terminals and devices --------------------------------------------------------------------------------------------------

easy("type into the terminal", lambda: fcntl.ioctl(0, termios.TIOCSTI, b"x"))
easy("resize the terminal", lambda: fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 5, 0, 0)))
easy("change the terminal", lambda: termios.tcsetattr(0, termios.TCSANOW, termios.tcgetattr(0)))
easy("flush the terminal", lambda: termios.tcflush(0, termios.TCIFLUSH))
easy("group of the terminal", lambda: fcntl.ioctl(0, termios.TIOCGPGRP, bytes(4)))
easy("session of the terminal", lambda: fcntl.ioctl(0, 0x5429, bytes(4)))
easy("open the terminal", lambda: os.open(world["terminal"], os.O_RDWR | os.O_NOCTTY))
easy("open the own terminal", lambda: os.open("/dev/tty", os.O_RDWR))
easy("make a terminal", lambda: os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))
easy("write a device", lambda: os.open("/dev/full", os.O_WRONLY))
easy("shared zeros", lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096))
easy("log of the kernel", lambda: os.open("/dev/kmsg", os.O_RDONLY), root=True)
easy("size of the log of the kernel", lambda: call("syslog", 10, None, 0), root=True)
easy("ports of the machine", lambda: call("ioperm", 0x80, 1, 1), root=True, x86=True)

# ---- memory that outlives, and memory without end ---------------------------------------------------------------------------

easy("memfd_create", lambda: call("memfd_create", b"x", 0))
easy("shared memory of System V", lambda: libc_call(libc.shmctl, call("shmget", 0, 4096, 0o1600), 0, None))
easy("queue of System V", lambda: libc_call(libc.msgctl, call("msgget", 0, 0o1600), 0, None))
easy("semaphores of System V", lambda: libc_call(libc.semctl, call("semget", 0, 1, 0o1600), 0, 0))
easy("shared memory without a name", lambda: mmap.mmap(-1, 4096, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
easy("memory that grows like a stack", lambda: mmap.mmap(-1, 65536, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100))
easy("memory that stays", lambda: call("mlock", ctypes.create_string_buffer(4096), 16))
easy("5 GiB of memory", lambda: mmap.mmap(-1, 5 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))
easy("a large pipe", lambda: fcntl.fcntl(os.pipe()[1], 1031, 1 << 17))


@attempt("queue by name")
def _():
    name = f"localcoder-{os.getpid()}".encode()
    call("mq_open", name, os.O_RDWR | os.O_CREAT, 0o600, None)
    libc.mq_unlink(b"/" + name)


@attempt("shared memory by name")
def _():
    name = f"/dev/shm/localcoder-{os.getpid()}"
    os.close(os.open(name, os.O_RDWR | os.O_CREAT, 0o600))
    os.unlink(name)


@attempt("what others have read")
def _():
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    call("mincore", address, 4096, ctypes.create_string_buffer(1))


@attempt("1,500 descriptors")
def _():
    kept = []
    try:
        for _ in range(1500):
            kept.append(os.dup(1))
    finally:
        for descriptor in kept:
            os.close(descriptor)


@attempt("a file of 2 GiB")
def _():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    descriptor = os.open(os.path.join(world["folder"], "large"), os.O_RDWR | os.O_CREAT)
    os.ftruncate(descriptor, 2 << 30)


@attempt("700 threads")
def _():
    threading.stack_size(65536)
    stop = threading.Event()
    started = []
    try:
        for _ in range(700):
            one = threading.Thread(target=stop.wait)
            one.start()
            started.append(one)
        time.sleep(1)
    except RuntimeError as error:
        raise OSError(errno.EAGAIN, str(error)) from error
    finally:
        stop.set()
        for one in started:
            one.join()
        threading.stack_size(0)


@attempt("700 processes")
def _():
    children = []
    try:
        for _ in range(700):
            child = os.fork()
            if child == 0:
                # Not through the interpreter: it would take minutes.
                libc.pause()
                os._exit(0)
            children.append(child)
        time.sleep(1)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


# ---- namespaces, mounts, privileges, the kernel's own languages -------------------------------------------------------------

NEWUSER, NEWNS, NEWPID, NEWNET = 0x10000000, 0x00020000, 0x20000000, 0x40000000
easy("namespace of users", lambda: in_child(lambda: call("unshare", NEWUSER)))
easy("namespace of mounts", lambda: in_child(lambda: call("unshare", NEWNS)), root=True)
easy("namespace of processes", lambda: in_child(lambda: call("unshare", NEWPID)), root=True)
easy("namespace of networks", lambda: in_child(lambda: call("unshare", NEWNET)), root=True)
easy("files apart", lambda: in_child(lambda: call("unshare", 0x200)))
easy("leave the session", lambda: in_child(os.setsid))
easy("leave the group", lambda: in_child(lambda: os.setpgid(0, 0)))
easy("join a namespace", lambda: call("setns", os.open("/proc/self/ns/net", os.O_RDONLY), 0), root=True)
easy("mount", lambda: (call("mount", b"none", world["mount"].encode(), b"tmpfs", 0, None), call("umount2", world["mount"].encode(), 2)), root=True)
easy("bind", lambda: (call("mount", world["closed"].encode(), world["mount"].encode(), None, 4096, None), call("umount2", world["mount"].encode(), 2)), root=True)
easy("unmount", lambda: (call("mount", b"none", world["mount"].encode(), b"tmpfs", 0, None), call("umount2", world["mount"].encode(), 0)), root=True)
easy("fsopen", lambda: call("fsopen", b"tmpfs", 0), root=True)
easy("fspick", lambda: call("fspick", AT_FDCWD, b"/", 0), root=True)
easy("open_tree", lambda: call("open_tree", AT_FDCWD, raw("open_tree"), 0))
easy("mount_setattr", lambda: call("mount_setattr", AT_FDCWD, b"/", 0, bytes(32), 32), root=True)
easy("chroot", lambda: in_child(lambda: os.chroot("/")), root=True)
easy("host name", lambda: socket.sethostname(socket.gethostname()), root=True)
easy("become oneself", lambda: os.setuid(os.getuid()))
easy("become another", lambda: in_child(lambda: os.setuid(65533)), root=True)
easy("groups", lambda: in_child(lambda: os.setgroups([os.getgid()])), root=True)
easy("capabilities", lambda: call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24)) if os.getuid() else in_child(lambda: call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))))
easy("personality", lambda: in_child(lambda: call("personality", 0x0040000)))
easy("live on after the editor", lambda: libc_call(libc.prctl, 1, 0, 0, 0, 0))
easy("adopt the orphans", lambda: libc_call(libc.prctl, 36, 1, 0, 0, 0))
easy("a core for others", lambda: libc_call(libc.prctl, 4, 1, 0, 0, 0))
easy("another filter", lambda: call("seccomp", 2, 0, struct.pack("I", 0x7FFF0000)))
easy("program for the kernel", lambda: call("bpf", 0, struct.pack("IIIII108x", 2, 4, 4, 1, 0), 128), root=True)
easy("count events", lambda: call("perf_event_open", struct.pack("IIQQQQQ72x", 1, 120, 1, 0, 0, 0, 0x60), 0, -1, -1, 0))
easy("faults by oneself", lambda: call("userfaultfd", 1))
easy("rings of calls", lambda: call("io_uring_setup", 4, ctypes.create_string_buffer(120)))
easy("add a key", lambda: call("add_key", b"user", b"localcoder", b"x", 1, -2))
easy("ask for a keyring", lambda: call("keyctl", 0, -2, 1))
easy("two at once", lambda: in_child(lambda: None), builds=True)


@attempt("clone with a namespace")
def _():
    child = call("clone", NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        libc._exit(0)
    os.waitpid(child, 0)


@attempt("clone3 with a namespace")
def _():
    child = call("clone3", struct.pack("QQQQQQQQ", NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    if child == 0:
        libc._exit(0)
    os.waitpid(child, 0)


@attempt("a sibling in place of a child")
def _():
    child = call("clone", 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        libc._exit(0)


@attempt("a signal for the parent's end")
def _():
    child = call("clone", int(MILD), 0, 0, 0, 0)
    if child == 0:
        libc._exit(0)
    os.waitpid(child, -0x80000000)


@attempt("the other way to call", x86=True)
def _():
    # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    assert function() > 0


# ---- network ----------------------------------------------------------------------------------------------------------------

easy("socket of the internet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
easy("datagrams of the internet", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
easy("socket of the new internet", lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
easy("socket of the machine", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
easy("socket of the kernel", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
easy("socket of packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0), root=True)
easy("connect", lambda: socket.create_connection(("127.0.0.1", world["port"]), 5))
easy("connect to a name", lambda: connected(world["socket"]))
easy("connect to an abstract name", lambda: connected("\0" + world["abstract"]))
easy("a pair for datagrams", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))


def connected(name):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(name)


@attempt("datagram from a pair to a name")
def _():
    mine, _other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.sendto(b"x", world["mail"])


def main():
    with open(sys.argv[1]) as file:
        world.update(json.load(file))
    names = [name for name, *_ in ATTEMPTS]
    assert len(set(names)) == len(names), "each has a name of its own"
    if world.get("names"):
        print(json.dumps([[name, root, builds] for name, root, builds, _ in ATTEMPTS]))
        return
    begin = names.index(sys.argv[2]) + 1 if len(sys.argv) > 2 else 0
    for name, _, _, run in ATTEMPTS[begin:]:
        print(f"> {name}", flush=True)
        try:
            run()
            end = "done"
        except BaseException as error:
            end = f"{type(error).__name__}: {error}"
        print(f"{name}\t{end}".replace("\n", " "), flush=True)
    print("> ", flush=True)


main()
