//! The rows: a folder of its own with a file of each kind, what other programs do to it, and what must be as before afterwards.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use editor_core::encoding::{self, Encoding, Format};
use editor_core::regular;
use encoding_rs as web;
use ropey::Rope;
use tempfile::TempDir;

/// What a file is, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    New,
    HardLink,
    Symlink,
    ReadOnlyFile,
    ReadOnlyFolder,
    Foreign,
    Full,
    FullHardLink,
    Pipe,
    Device,
    Binary,
    AnyBytes,
    /// A text in this encoding, with a mark or without.
    Encoded(Encoding, bool, &'static str),
}

/// A row of the table: its files fare alike.
pub struct Row {
    pub name: &'static str,
    kinds: &'static [Kind],
}

impl Row {
    pub fn kinds(&self) -> Vec<Kind> {
        self.kinds.to_vec()
    }
}

const fn row(name: &'static str, kinds: &'static [Kind]) -> Row {
    Row { name, kinds }
}

const fn legacy(encoding: &'static web::Encoding, text: &'static str) -> Kind {
    Kind::Encoded(Encoding::Legacy(encoding), false, text)
}

const ASCII: &str = "a text of one line\n";

const WESTERN: [Kind; 1] = [legacy(web::WINDOWS_1252, "Größe und Straße, naïve cafés\n")];

const OTHERS: [Kind; 13] = [
    legacy(web::BIG5, "我們需要更多的時間來完成這個工作。\n"),
    legacy(web::EUC_JP, "このファイルは古い文字コードで保存されています。\n"),
    legacy(web::EUC_KR, "한국어로 된 문장을 여기에 씁니다.\n"),
    legacy(web::GBK, "我们需要更多的时间来完成这个工作。\n"),
    legacy(web::SHIFT_JIS, "日本語の文章をここに書きます。\n"),
    legacy(web::WINDOWS_1250, "Příliš žluťoučký kůň úpěl ďábelské ódy.\n"),
    legacy(web::WINDOWS_1251, "Съешь ещё этих мягких французских булок.\n"),
    legacy(web::WINDOWS_1253, "Η γρήγορη αλεπού πηδάει πάνω από το σκυλί.\n"),
    legacy(
        web::WINDOWS_1254,
        "Çocuklar bugün bahçede şarkı söylüyor, çünkü hava çok güzel ve ışıklı; öğretmenleri de yanlarında.\n",
    ),
    legacy(web::WINDOWS_1255, "דג סקרן שט בים מאוכזב ולפתע מצא חברה.\n"),
    legacy(web::WINDOWS_1256, "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق\n"),
    legacy(
        web::WINDOWS_1257,
        "Šiandien oras gražus, todėl žmonės išėjo į gatvę ir džiaugiasi saule, kuri šviečia virš miesto.\n",
    ),
    legacy(web::WINDOWS_874, "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า\n"),
];

/// All rows.
pub const ROWS: [Row; 20] = [
    row("plain", &[Kind::Plain]),
    row("new", &[Kind::New]),
    row("hard link", &[Kind::HardLink]),
    row("symbolic link", &[Kind::Symlink]),
    row("read-only file", &[Kind::ReadOnlyFile]),
    row("read-only folder", &[Kind::ReadOnlyFolder]),
    row("foreign owner", &[Kind::Foreign]),
    row("full disk", &[Kind::Full]),
    row("full disk, hard link", &[Kind::FullHardLink]),
    row("pipe", &[Kind::Pipe]),
    row("device", &[Kind::Device]),
    row("binary", &[Kind::Binary]),
    row("name in any bytes", &[Kind::AnyBytes]),
    row("UTF-8 with mark", &[Kind::Encoded(Encoding::Utf8, true, ASCII)]),
    row("UTF-16 LE with mark", &[Kind::Encoded(Encoding::Utf16Le, true, ASCII)]),
    row("UTF-16 BE with mark", &[Kind::Encoded(Encoding::Utf16Be, true, ASCII)]),
    row("UTF-16 LE", &[Kind::Encoded(Encoding::Utf16Le, false, ASCII)]),
    row("UTF-16 BE", &[Kind::Encoded(Encoding::Utf16Be, false, ASCII)]),
    row("windows-1252", &WESTERN),
    row("any other encoding", &OTHERS),
];

/// What root has prepared for a test that is not root.
#[derive(Default)]
pub struct Means {
    /// A folder with files of another owner, which may be moved away.
    foreign: Option<PathBuf>,
    /// A disk that is filled soon.
    full: Option<PathBuf>,
}

impl Means {
    pub fn of(prepared: &Path) -> Means {
        let there = |name: &str| Some(prepared.join(name)).filter(|path| path.is_dir());
        Means { foreign: there("foreign"), full: there("full") }
    }

    pub fn none() -> Means {
        Means::default()
    }

    /// Must a disk only say that it is full?
    pub fn pretend_full(&self, kind: Kind) -> bool {
        self.full.is_none() && is_on_full_disk(kind)
    }

    /// Must a disk only say that a file belongs to somebody else?
    pub fn pretend_foreign(&self, kind: Kind) -> bool {
        self.foreign.is_none() && kind == Kind::Foreign
    }
}

fn is_on_full_disk(kind: Kind) -> bool {
    matches!(kind, Kind::Full | Kind::FullHardLink)
}

/// What another program does to a file: it writes another text, or puts something else in its place.
#[derive(Clone, Debug)]
pub struct Change {
    kind: Kind,
    file: PathBuf,
}

impl Change {
    pub fn make(&self) {
        match self.kind {
            Kind::Pipe => {
                fs::remove_file(&self.file).unwrap();
                assert!(Command::new("mkfifo").arg(&self.file).status().unwrap().success());
            }
            Kind::Device => {
                fs::remove_file(&self.file).unwrap();
                symlink("/dev/null", &self.file).unwrap();
            }
            Kind::ReadOnlyFile => {
                fs::set_permissions(&self.file, Permissions::from_mode(0o644)).unwrap();
                fs::write(&self.file, theirs(self.kind)).unwrap();
                fs::set_permissions(&self.file, Permissions::from_mode(0o444)).unwrap();
            }
            kind => fs::write(&self.file, theirs(kind)).unwrap(),
        }
    }
}

/// The bytes of a text in the encoding of a kind of file.
pub fn bytes(kind: Kind, text: &str) -> Vec<u8> {
    let Kind::Encoded(encoding, bom, _) = kind else { return text.as_bytes().to_vec() };
    encoding::encode(&Rope::from_str(text), Format { encoding, bom }).unwrap()
}

/// The text that a file has at the beginning.
pub fn text(kind: Kind) -> &'static str {
    match kind {
        Kind::Encoded(_, _, text) => text,
        _ => "the old text\n",
    }
}

fn old(kind: Kind) -> Vec<u8> {
    if kind == Kind::Binary { b"old\0\xff\xfe\n".to_vec() } else { bytes(kind, text(kind)) }
}

/// The text that another program writes.
pub fn their_text(kind: Kind) -> String {
    format!("{0}{0}", text(kind))
}

/// The bytes that another program writes.
pub fn theirs(kind: Kind) -> Vec<u8> {
    if kind == Kind::Binary { b"theirs\0\xfe\xff\n".to_vec() } else { bytes(kind, &their_text(kind)) }
}

/// A folder with a file.
pub struct Ground {
    pub kind: Kind,
    /// The file's folder.
    pub place: PathBuf,
    pub file: PathBuf,
    /// A plain file elsewhere.
    pub other: PathBuf,
    /// Names in the folder at the beginning.
    names: Vec<PathBuf>,
    /// Mode and owner of the file at the beginning.
    rights: Option<(u32, u32)>,
    elsewhere: TempDir,
}

impl Ground {
    pub fn new(kind: Kind, means: &Means) -> Ground {
        let elsewhere = tempfile::tempdir().unwrap();
        let beside = elsewhere.path().join("place");
        let place =
            means.full.as_ref().filter(|_| is_on_full_disk(kind)).map_or(beside, |full| full.join("place"));
        fs::create_dir(&place).unwrap();
        let name: &[u8] = if kind == Kind::AnyBytes { b"na\xffme.txt" } else { b"name.txt" };
        let file = place.join(OsStr::from_bytes(name));
        let other = elsewhere.path().join("other.txt");
        fs::write(&other, text(Kind::Plain)).unwrap();
        make(kind, &file, means);
        let names = names(&place);
        let rights = rights(&file);
        Ground { kind, place, file, other, names, rights, elsewhere }
    }

    /// A folder of an editor's own.
    pub fn home(&self, name: &str) -> PathBuf {
        self.elsewhere.path().join(name)
    }

    pub fn change(&self) -> Change {
        Change { kind: self.kind, file: self.file.clone() }
    }

    /// Is something else in the file's place once the text was typed?
    pub fn befall(&self) {
        if matches!(self.kind, Kind::Pipe | Kind::Device) && self.content(&self.file).is_some() {
            self.change().make();
        }
    }

    /// The bytes of a file; `None`: there is none.
    pub fn content(&self, file: &Path) -> Option<Vec<u8>> {
        regular::read(file, 1 << 20).ok()
    }

    /// Names, links, owner and mode are as they were, but for these names that were added.
    pub fn check(&self, added: &[&Path]) {
        let mut wanted = [self.names.clone(), added.iter().map(|path| path.to_path_buf()).collect()].concat();
        wanted.sort();
        wanted.dedup();
        assert_eq!(names(&self.place), wanted, "{:?}: what lies in the folder", self.kind);
        match self.kind {
            Kind::Pipe => assert!(fs::symlink_metadata(&self.file).unwrap().file_type().is_fifo()),
            Kind::Device => assert_eq!(fs::read_link(&self.file).unwrap(), Path::new("/dev/null")),
            _ if self.rights.is_some() => assert_eq!(rights(&self.file), self.rights, "{:?}", self.kind),
            _ => {}
        }
        if matches!(self.kind, Kind::HardLink | Kind::FullHardLink) {
            let link = link_beside(&self.file);
            assert_eq!(fs::metadata(&self.file).unwrap().ino(), fs::metadata(&link).unwrap().ino());
        }
        if self.kind == Kind::Symlink {
            assert_eq!(fs::read_link(&self.file).unwrap(), link_beside(&self.file));
        }
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        // Else it could not be removed.
        let _was_it_not = fs::set_permissions(&self.place, Permissions::from_mode(0o755));
        let _goes_with_the_rest = fs::remove_dir_all(&self.place);
    }
}

fn link_beside(file: &Path) -> PathBuf {
    file.with_file_name("link.txt")
}

fn make(kind: Kind, file: &Path, means: &Means) {
    match (kind, &means.foreign) {
        (Kind::New, _) => return,
        (Kind::Symlink, _) => {
            fs::write(link_beside(file), old(kind)).unwrap();
            return symlink(link_beside(file), file).unwrap();
        }
        (Kind::Foreign, Some(pool)) => {
            let foreign = fs::read_dir(pool).unwrap().next().expect("more cells than foreign files").unwrap();
            fs::rename(foreign.path(), file).unwrap();
        }
        _ => {}
    }
    fs::write(file, old(kind)).unwrap();
    match kind {
        Kind::HardLink | Kind::FullHardLink => fs::hard_link(file, link_beside(file)).unwrap(),
        Kind::ReadOnlyFile => fs::set_permissions(file, Permissions::from_mode(0o444)).unwrap(),
        Kind::ReadOnlyFolder => {
            fs::set_permissions(file.parent().unwrap(), Permissions::from_mode(0o555)).unwrap();
        }
        Kind::Encoded(encoding, bom, _) => {
            for bytes in [old(kind), theirs(kind)] {
                let format = encoding::decode(&bytes).format;
                assert_eq!(format, Format { encoding, bom }, "the sample is told by its text");
            }
        }
        _ => {}
    }
    if is_on_full_disk(kind) && means.full.is_some() {
        fill(&file.with_file_name("filler"));
    }
}

/// Writes until nothing more has room.
fn fill(filler: &Path) {
    let mut room = fs::File::create(filler).unwrap();
    while std::io::Write::write_all(&mut room, &[0; 512]).is_ok() {}
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    names
}

fn rights(file: &Path) -> Option<(u32, u32)> {
    fs::metadata(file).ok().map(|found| (found.mode(), found.uid()))
}
