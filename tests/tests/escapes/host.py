# Makes victims for attempts.py, runs it, and says what became of attempts and victims, as JSON.
#
#   host.py FOLDER [COMMAND …]    FOLDER: empty, for the victims. COMMAND: what confines; {folder} and {shown} stand for what the
#                                 attempts may have, and the interpreter follows. Without it they are free.
import atexit
import ctypes
import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import socket
import subprocess
import sys
import termios

KEPT = b"kept"
LONG_AGO = 1_000_000_000
ATTEMPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "attempts.py")
PYTHON = [sys.executable, "-I", "-B"]


def put(path, content=KEPT):
    with open(path, "wb") as file:
        file.write(content)


def victim(folder, name):
    path = os.path.join(folder, name.replace(" ", "-").replace("/", "-"))
    os.mkdir(path + ".folder")
    for path in (path, path + ".other"):
        put(path)
        try:
            os.setxattr(path, "user.kept", KEPT)
        except OSError:
            pass
        os.utime(path, (LONG_AGO, LONG_AGO))


def picture(*folders):
    """All there is to know of the victims."""
    seen = {}
    for folder in folders:
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            content = open(path, "rb").read() if os.path.isfile(path) else b""
            try:
                attributes = sorted(os.listxattr(path))
            except OSError:
                attributes = []
            seen[path] = (about.st_mode, about.st_uid, about.st_ino, about.st_mtime_ns, about.st_ctime_ns, content, attributes)
    return seen


def main():
    base, confining = os.path.realpath(sys.argv[1]), sys.argv[2:]
    folders = {name: os.path.join(base, name) for name in ("closed", "shown", "mount", "folder")}
    for folder in folders.values():
        os.mkdir(folder, 0o700)
    put(os.path.join(folders["folder"], "world.json"), b'{"names": true}')
    script = shutil.copy(ATTEMPTS, folders["folder"])
    world_file = os.path.join(folders["folder"], "world.json")
    names = json.loads(subprocess.check_output([*PYTHON, script, world_file]))
    for name, *_ in names:
        victim(folders["closed"], name)
        victim(folders["shown"], name)

    # It holds none of our pipes: who reads them must not wait for it.
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    other = subprocess.Popen(["sleep", "600"], start_new_session=True, **quiet)
    atexit.register(other.kill)
    memory = ctypes.create_string_buffer(KEPT, 16)
    secret = os.open(os.path.join(base, "secret"), os.O_RDWR | os.O_CREAT)
    put(os.path.join(folders["closed"], "x"))
    ours, theirs = socket.socketpair()
    # Numbers that nothing else gets.
    high = lambda descriptor: fcntl.fcntl(descriptor, fcntl.F_DUPFD, 200)
    handed = {
        "file": high(os.open(os.path.join(base, "handed"), os.O_WRONLY | os.O_CREAT)),
        "folder": high(os.open(folders["closed"], os.O_RDONLY)),
        "socket": high(theirs.fileno()),
    }
    terminal, tty = pty.openpty()
    listener = socket.create_server(("127.0.0.1", 0))
    named, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    named.bind(os.path.join(base, "socket"))
    abstract_name = f"localcoder-{os.getpid()}"
    abstract.bind("\0" + abstract_name)
    mail = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    mail.bind(os.path.join(base, "mail"))
    for one in (named, abstract):
        one.listen(16)
    world = {
        **folders, "victim": other.pid, "group": other.pid, "host": os.getpid(), "address": ctypes.addressof(memory),
        "secret descriptor": secret, "descriptors": handed, "terminal": os.ttyname(tty), "port": listener.getsockname()[1],
        "socket": os.path.join(base, "socket"), "mail": os.path.join(base, "mail"), "abstract": abstract_name,
    }
    put(world_file, json.dumps(world).encode())
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    before = picture(folders["closed"], folders["shown"])
    fill = lambda word: word.replace("{folder}", folders["folder"]).replace("{shown}", folders["shown"])
    # A shell in front: who leads a session already could not leave it.
    command = [fill(word) for word in confining] or ["/bin/sh", "-c", '"$@"; exit $?', "sh"]
    ends, last = {}, []
    while True:
        process = subprocess.Popen(
            [*command, *PYTHON, script, world_file, *last], stdin=tty, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), pass_fds=handed.values(), cwd=folders["folder"],
        )
        out, errors = process.communicate(timeout=120)
        begun = [line[2:] for line in out.decode().splitlines() if line.startswith("> ")]
        ends.update(line.split("\t", 1) for line in out.decode().splitlines() if "\t" in line)
        if not begun or (last and begun == last):
            sys.exit(f"it did not run: {errors.decode()}")
        if not begun[-1]:
            break
        ends[begun[-1]] = f"ended with {process.returncode}"
        last = [begun[-1]]
    after = picture(folders["closed"], folders["shown"])
    changed = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    if memory.value != KEPT:
        changed.append("the memory of another process")
    if os.stat(os.path.join(base, "handed")).st_size:
        changed.append("the file that was handed down")
    if int.from_bytes(fcntl.ioctl(tty, termios.FIONREAD, bytes(4)), sys.byteorder):
        changed.append("what was typed")
    if other.poll() is not None:
        changed.append("the other process")
    ours.close()
    os.close(terminal)
    print(json.dumps({"attempts": [[name, root, builds, ends[name]] for name, root, builds in names], "changed": changed}))


signal.signal(signal.SIGCHLD, signal.SIG_DFL)
main()
