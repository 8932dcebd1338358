//! Model files on their way to the worker: the editor opens them, and the worker gets them open.
//!
//! So the worker needs no right to open any model, and can read no file that nobody asked it to load. ipc-channel carries its own
//! descriptors and no others, so these travel over a pair of sockets of their own, of which the worker inherits one end as its standard
//! output: nothing is printed there. The file is sent before the request that needs it, and found by the request's id.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::OpenOptionsExt, net::UnixStream},
    },
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use crossbeam_channel::bounded;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use crate::{
    protocol::{Request, RequestId},
    transport::{Closed, Outgoing},
};

/// How long a disk may take to open a file: one that has to spin up first needs ten seconds, one on a network that is gone never ends.
const OPENED_WITHIN: Duration = Duration::from_secs(15);
/// A request's id and what became of its file: 0, an error of the system, or one of the two below.
const MESSAGE: usize = 12;
const NOT_ORDINARY: i32 = -1;
const LATE: i32 = -2;
/// What else may have to be received: flags of Linux; elsewhere the worker starts no programs that could inherit it.
#[cfg(target_os = "linux")]
const RECEIVING: RecvFlags = RecvFlags::DONTWAIT.union(RecvFlags::CMSG_CLOEXEC);
#[cfg(not(target_os = "linux"))]
const RECEIVING: RecvFlags = RecvFlags::DONTWAIT;

/// Sends the file of each model before the request to load it.
pub(crate) struct FilesFirst<W> {
    to: UnixStream,
    requests: W,
}

/// The editor's end, and the standard output of a worker.
pub(crate) fn pair() -> io::Result<(UnixStream, Stdio)> {
    let (ours, theirs) = UnixStream::pair()?;
    Ok((ours, Stdio::from(OwnedFd::from(theirs))))
}

impl<W> FilesFirst<W> {
    pub(crate) fn new(to: UnixStream, requests: W) -> FilesFirst<W> {
        FilesFirst { to, requests }
    }
}

impl<W: Outgoing<Request>> Outgoing<Request> for FilesFirst<W> {
    fn send(&mut self, request: Request) -> Result<(), Closed> {
        if let Request::LoadModel { id, model, .. } = &request {
            // What could not be sent the worker misses when it needs it, and says so.
            let _missed = send(&self.to, *id, &opened(&model.path));
        }
        self.requests.send(request)
    }
}

fn send(to: &UnixStream, id: RequestId, opened: &Result<File, i32>) -> rustix::io::Result<usize> {
    let mut message = [0; MESSAGE];
    message[..8].copy_from_slice(&id.0.to_le_bytes());
    message[8..].copy_from_slice(&opened.as_ref().err().unwrap_or(&0).to_le_bytes());
    let descriptors: Vec<_> = opened.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        beside.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    // A worker that reads nothing does not hold up the thread that pings it.
    sendmsg(to, &[IoSlice::new(&message)], &mut beside, SendFlags::DONTWAIT)
}

/// Opens an ordinary file on a thread of its own, for a file system may never answer.
fn opened(path: &Path) -> Result<File, i32> {
    let (give, taken) = bounded(1);
    let path: PathBuf = path.to_owned();
    let opener = thread::Builder::new().name("model-opener".into()).spawn(move || {
        let _nobody_waits = give.send(open(&path));
    });
    opener.map_err(|e| e.raw_os_error().unwrap_or(LATE))?;
    taken.recv_timeout(OPENED_WITHIN).unwrap_or(Err(LATE))
}

fn open(path: &Path) -> Result<File, i32> {
    let number = |error: io::Error| error.raw_os_error().unwrap_or(NOT_ORDINARY);
    // A pipe would wait for its writer, and opening some devices does something already.
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed();
    if !std::fs::metadata(path).map_err(number)?.is_file() {
        return Err(NOT_ORDINARY);
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(number)?;
    if file.metadata().map_err(number)?.is_file() { Ok(file) } else { Err(NOT_ORDINARY) }
}

/// The worker's end.
#[derive(Debug, Default)]
pub struct ModelFiles {
    from: Option<OwnedFd>,
    came: BTreeMap<RequestId, io::Result<File>>,
}

impl ModelFiles {
    /// What this process inherited from the editor; what it prints from now on is lost. A process that somebody else started gets no
    /// files.
    pub fn inherited() -> ModelFiles {
        let from = io::stdout().as_fd().try_clone_to_owned().ok();
        // Nobody reads at the other end: what is printed there would be waited for in the end.
        let nowhere = OpenOptions::new().write(true).open("/dev/null");
        let _printed_there = nowhere.map(rustix::stdio::dup2_stdout);
        ModelFiles { from, came: BTreeMap::new() }
    }

    /// Files that are here already, by the requests that need them.
    pub fn holding(files: impl IntoIterator<Item = (RequestId, File)>) -> ModelFiles {
        ModelFiles { from: None, came: files.into_iter().map(|(id, file)| (id, Ok(file))).collect() }
    }

    /// The file that came with a request. Loads are served in order, so those of earlier ones are not wanted any more.
    ///
    /// # Errors
    /// Why the editor could not open it, or that none came.
    pub fn take(&mut self, id: RequestId) -> io::Result<File> {
        while let Some((id, file)) = self.from.as_ref().and_then(receive) {
            self.came.insert(id, file);
        }
        let mut wanted = self.came.split_off(&id);
        let file = wanted.remove(&id);
        self.came = wanted;
        file.unwrap_or_else(|| Err(io::Error::other("the editor sent no file")))
    }
}

fn receive(from: &OwnedFd) -> Option<(RequestId, io::Result<File>)> {
    let mut message = [0; MESSAGE];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(from, &mut [IoSliceMut::new(&mut message)], &mut beside, RECEIVING).ok()?;
    let descriptor = beside.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
        _ => None,
    });
    if received.bytes != MESSAGE {
        return None;
    }
    let id = RequestId(u64::from_le_bytes(*message.first_chunk()?));
    let file = match (i32::from_le_bytes(*message.last_chunk()?), descriptor) {
        (0, Some(descriptor)) => Ok(File::from(descriptor)),
        (0, None) => Err(io::Error::other("the editor sent no file")),
        (NOT_ORDINARY, _) => Err(io::Error::other("it is not an ordinary file")),
        (LATE, _) => Err(io::Error::new(io::ErrorKind::TimedOut, "its disk does not answer")),
        (number, _) => Err(io::Error::from_raw_os_error(number)),
    };
    Some((id, file))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;
    use crate::protocol::{ModelRef, RunProfile};

    fn ends() -> (UnixStream, ModelFiles) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (ours, ModelFiles { from: Some(theirs.into()), came: BTreeMap::new() })
    }

    fn load(id: u64, path: &Path) -> Request {
        let model = ModelRef { id: "a".into(), path: path.to_owned(), sha256: None, stamp: None };
        Request::LoadModel { id: RequestId(id), model, profile: RunProfile::default() }
    }

    #[test]
    fn a_file_comes_open_with_its_request_and_can_only_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, "GGUF").unwrap();
        let (to, mut files) = ends();
        let (requests, sent) = bounded(8);
        let mut wire = FilesFirst::new(to, requests);
        wire.send(Request::Ping { id: RequestId(6) }).unwrap();
        wire.send(load(7, &path)).unwrap();
        assert_eq!(sent.len(), 2);
        std::fs::remove_file(&path).unwrap();
        let mut file = files.take(RequestId(7)).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "GGUF", "it is open: its name does not matter any more");
        assert!(file.write_all(b"x").is_err());
        assert!(files.take(RequestId(7)).unwrap_err().to_string().contains("no file"), "once");
    }

    #[test]
    fn what_cannot_be_opened_is_told_and_nothing_waits_for_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let (to, mut files) = ends();
        let (requests, _sent) = bounded(8);
        let mut wire = FilesFirst::new(to, requests);
        let pipe = folder.path().join("pipe");
        // By the program: rustix has no call for it on a Mac.
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        wire.send(load(1, &folder.path().join("missing"))).unwrap();
        wire.send(load(2, folder.path())).unwrap();
        wire.send(load(3, &pipe)).unwrap();
        assert_eq!(files.take(RequestId(1)).unwrap_err().kind(), io::ErrorKind::NotFound);
        for id in [2, 3] {
            let error = files.take(RequestId(id)).unwrap_err().to_string();
            assert!(error.contains("not an ordinary file"), "{id}: {error}");
        }
    }

    #[test]
    fn files_of_loads_that_were_never_served_are_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, "GGUF").unwrap();
        let (to, mut files) = ends();
        let (requests, _sent) = bounded(8);
        let mut wire = FilesFirst::new(to, requests);
        for id in 1..=5 {
            wire.send(load(id, &path)).unwrap();
        }
        assert!(files.take(RequestId(3)).is_ok());
        assert_eq!(files.came.keys().map(|id| id.0).collect::<Vec<_>>(), [4, 5]);
        assert!(files.take(RequestId(9)).is_err());
        assert!(files.came.is_empty());
    }
}
