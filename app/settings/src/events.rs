//! What can happen to settings, and what they want done outside.

use std::path::PathBuf;

use super::error::SettingsFileError;
use super::layers::SettingsFile;
use super::table::SettingKey;
use super::value::SettingValue;

/// What can happen.
#[derive(Clone, Debug)]
pub enum SettingsEvent {
    /// The window has opened.
    Start,
    /// A key is set, or reset when there is no value.
    Change(SettingKey, Option<SettingValue>),
    /// The user's file was read, or why not; `None`: it is not there.
    Read {
        /// The number of the change that it answers; readings that were overtaken are dropped.
        serial: u64,
        /// What it says.
        text: Result<Option<String>, SettingsFileError>,
    },
    /// Keys were changed in the user's file.
    Written {
        /// The number of the change.
        serial: u64,
        /// What the file says now.
        text: String,
    },
    /// Keys could not be changed in the user's file.
    Refused {
        /// The number of the change.
        serial: u64,
        /// Why.
        reason: SettingsFileError,
    },
    /// What is not saved is written once more.
    SaveAgain,
    /// What is not saved is given up: what the file says counts again.
    PutBack,
    /// The project's file was read; `None`: there is none.
    ProjectRead(Option<(PathBuf, String)>),
    /// A file may be opened in the editor: it is there.
    Ready(PathBuf),
    /// The view shows what was typed in its field.
    Search(String),
    /// The view shows this section, or all.
    Section(Option<&'static str>),
    /// The view shows this profile.
    ShowProfile(String),
    /// This profile is used from now on.
    UseProfile(String),
    /// A profile of this name begins as a copy of the one that is shown.
    AddProfile(String),
    /// A profile of the user's own goes.
    RemoveProfile(String),
    /// Opens one of the files, at a line and a column from 1.
    Show(SettingsFile, usize, usize),
}

/// What is wanted outside.
#[derive(Debug)]
pub enum SettingsEffect {
    /// Read the user's file; answered by [`SettingsEvent::Read`].
    Read(PathBuf, u64),
    /// Read the settings of the project in this folder; answered by [`SettingsEvent::ProjectRead`].
    ReadProject(PathBuf),
    /// Change keys in the user's file as it is then; answered by [`SettingsEvent::Written`] or [`SettingsEvent::Refused`].
    Change(PathBuf, u64, Vec<(SettingKey, Option<SettingValue>)>),
    /// Write a file that shows what can be set, if there is none; answered by [`SettingsEvent::Ready`].
    Create(PathBuf, SettingsFile),
    /// Everything outside obeys these settings from now on.
    Obey(Box<super::Settings>),
}
