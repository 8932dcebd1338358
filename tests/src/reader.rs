//! A screen reader: what AT-SPI tells of the editor's window, asked over D-Bus as Orca asks, on a session bus of its own.
//!
//! It says where things are, too, so that tests press what a hand would press, by its name.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use futures_lite::future::block_on;
use zbus::Connection;
use zbus::connection::Builder;
use zbus::zvariant::{DynamicType, OwnedObjectPath, OwnedValue, Value};

use crate::bus::Bus;
use crate::screen::{Editor, Screen};

const REGISTRY: (&str, &str) = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root");
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(20);

/// No window has more controls than this.
const MAX_TABS: usize = 120;
/// Time in which a key is seen.
const SETTLED: Duration = Duration::from_millis(150);

/// What a control is, as AT-SPI numbers it (AtspiRole, atspi-constants.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(pub u32);

/// Where a text is asked for (AtspiTextGranularity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A word.
    Word = 1,
    /// A line as it is shown.
    Line = 3,
}

/// Bits of a state set (AtspiStateType).
const FOCUSABLE: u64 = 1 << 11;
const FOCUSED: u64 = 1 << 12;

/// An object of the window: a control, a label, a text.
#[derive(Clone, Debug)]
pub struct Node {
    bus_name: String,
    path: OwnedObjectPath,
    /// What it is called.
    pub name: String,
    /// What else is said of it.
    pub description: String,
    /// What it is.
    pub role: Role,
    states: u64,
}

impl Node {
    /// Has it the keyboard?
    pub fn is_focused(&self) -> bool {
        self.states & FOCUSED != 0
    }

    /// Can it have the keyboard?
    pub fn is_focusable(&self) -> bool {
        self.states & FOCUSABLE != 0
    }
}

/// An object as it is addressed: a name on the bus, and a path there.
type Address = (String, OwnedObjectPath);
/// A row of GetItems: object, application, parent, index, children, interfaces, name, role, description, states (Cache.xml).
type Item = (Address, Address, Address, i32, i32, Vec<String>, String, u32, String, Vec<u32>);

/// A session bus with the services of accessibility, and a reader on it.
pub struct Reader {
    session: Bus,
    bus: Connection,
}

impl Reader {
    /// Starts them for the programs on a display.
    ///
    /// # Errors
    /// When dbus-daemon or at-spi2-core is missing or does not come up.
    pub fn start(screen: &Screen) -> Result<Reader> {
        let session = Bus::start(screen)?;
        let bus = block_on(connect(session.address()))?;
        Ok(Reader { session, bus })
    }

    /// The variable by which a program finds the bus.
    pub fn env(&self) -> (&str, &str) {
        self.session.env()
    }

    /// All objects of the editor, as they are now.
    ///
    /// # Errors
    /// When the editor is not on the bus (yet), or does not answer.
    pub fn nodes(&self) -> Result<Vec<Node>> {
        let (registry, root) = REGISTRY;
        let registry = (registry.to_owned(), OwnedObjectPath::try_from(root)?);
        let applications: Vec<Address> =
            self.call(&registry, "org.a11y.atspi.Accessible", "GetChildren", &())?;
        let Some((name, _)) = applications.into_iter().next_back() else { bail!("no program is on the bus") };
        let cache = (name, OwnedObjectPath::try_from("/org/a11y/atspi/cache")?);
        let items: Vec<Item> = self.call(&cache, "org.a11y.atspi.Cache", "GetItems", &())?;
        Ok(items.into_iter().map(node).collect())
    }

    /// The object whose name begins so; `None`: there is none.
    ///
    /// # Errors
    /// As for [`Reader::nodes`].
    pub fn find(&self, name: &str) -> Result<Option<Node>> {
        Ok(self.nodes()?.into_iter().find(|node| node.name.starts_with(name)))
    }

    /// Waits for an object whose name begins so.
    ///
    /// # Errors
    /// When there never is one.
    pub fn wait_for(&self, window: &mut Editor<'_>, name: &str) -> Result<Node> {
        let mut found = None;
        let waited = window.wait(&format!("«{name}» for a screen reader"), |_| {
            found = self.find(name).ok().flatten();
            Ok(found.is_some())
        });
        if waited.is_err() {
            let names: Vec<String> = self.nodes()?.into_iter().map(|node| node.name).collect();
            waited.with_context(|| format!("there are {names:?}"))?;
        }
        found.context("it was found")
    }

    /// Waits until the object whose name begins so has the keyboard, with Tab pressed until then.
    ///
    /// # Errors
    /// When Tab never comes to it.
    pub fn tab_to(&self, window: &Editor<'_>, name: &str) -> Result<Node> {
        let mut met = Vec::new();
        for _ in 0..MAX_TABS {
            let focused = self.nodes()?.into_iter().find(Node::is_focused);
            if let Some(node) = focused {
                if node.name.starts_with(name) {
                    return Ok(node);
                }
                met.push(node.name);
            }
            window.press(&["Tab"])?;
            std::thread::sleep(SETTLED);
        }
        bail!("Tab does not come to «{name}», but to {met:?}")
    }

    /// Presses the middle of an object with the mouse.
    ///
    /// # Errors
    /// When it has no place, or xdotool fails.
    pub fn click(&self, window: &Editor<'_>, node: &Node) -> Result<()> {
        let (x, y) = self.middle(node)?;
        window.click(x, y)
    }

    /// The middle of an object, in pixels of the display.
    ///
    /// # Errors
    /// When it has no place on the display.
    pub fn middle(&self, node: &Node) -> Result<(u32, u32)> {
        let on_screen = 0u32;
        let (x, y, width, height): (i32, i32, i32, i32) =
            self.call(&node.address(), "org.a11y.atspi.Component", "GetExtents", &(on_screen,))?;
        ensure!(width > 0 && height > 0, "«{}» has no place", node.name);
        Ok((u32::try_from(x + width / 2)?, u32::try_from(y + height / 2)?))
    }

    /// Where the caret of a text stands, in characters.
    ///
    /// # Errors
    /// When it is no text.
    pub fn caret(&self, text: &Node) -> Result<i32> {
        let args = ("org.a11y.atspi.Text", "CaretOffset");
        let value: OwnedValue = self.call(&text.address(), PROPERTIES, "Get", &args)?;
        Ok(i32::try_from(value)?)
    }

    /// The word or line of a text at the caret.
    ///
    /// # Errors
    /// When it is no text.
    pub fn at_caret(&self, text: &Node, unit: Unit) -> Result<String> {
        let args = (self.caret(text)?, unit as u32);
        let (said, _, _): (String, i32, i32) =
            self.call(&text.address(), "org.a11y.atspi.Text", "GetStringAtOffset", &args)?;
        Ok(said)
    }

    /// What is selected in a text; empty: nothing.
    ///
    /// # Errors
    /// When it is no text.
    pub fn selected(&self, text: &Node) -> Result<String> {
        let (address, text) = (text.address(), "org.a11y.atspi.Text");
        let count: i32 = self.call(&address, text, "GetNSelections", &())?;
        if count == 0 {
            return Ok(String::new());
        }
        let range: (i32, i32) = self.call(&address, text, "GetSelection", &(0i32,))?;
        self.call(&address, text, "GetText", &range)
    }

    fn call<A, R>(&self, (name, path): &Address, interface: &str, method: &str, args: &A) -> Result<R>
    where
        A: serde::Serialize + DynamicType,
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        let call = self.bus.call_method(Some(name.as_str()), path, Some(interface), method, args);
        let reply = block_on(call).with_context(|| format!("{interface}.{method}"))?;
        Ok(reply.body().deserialize()?)
    }
}

impl Node {
    fn address(&self) -> Address {
        (self.bus_name.clone(), self.path.clone())
    }
}

fn node(item: Item) -> Node {
    let ((bus_name, path), _, _, _, _, _, name, role, description, states) = item;
    let bits = |at: usize| u64::from(states.get(at).copied().unwrap_or_default());
    Node { bus_name, path, name, description, role: Role(role), states: bits(0) | bits(1) << 32 }
}

/// Says on the session's bus that somebody reads, and connects to the bus on which programs tell.
async fn connect(session: &str) -> Result<Connection> {
    let session = Builder::address(session)?.method_timeout(PATIENCE).build().await?;
    let (name, path) = ("org.a11y.Bus", "/org/a11y/bus");
    let enabled = ("org.a11y.Status", "IsEnabled", Value::from(true));
    session.call_method(Some(name), path, Some(PROPERTIES), "Set", &enabled).await?;
    let reply = session.call_method(Some(name), path, Some(name), "GetAddress", &()).await;
    let address: String = reply.context("install the package at-spi2-core")?.body().deserialize()?;
    Ok(Builder::address(address.as_str())?.method_timeout(PATIENCE).build().await?)
}
