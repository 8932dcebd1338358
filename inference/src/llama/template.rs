//! Chat templates, rendered by llama.cpp's built-in detection: no template language is run.

use std::ffi::CString;

use ipc::protocol::{ChatMessage, ChatRole};
use llama_cpp_sys_2 as sys;

/// Why a conversation could not be put into a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// llama.cpp does not know this template.
    #[error("llama.cpp does not know the model's chat template")]
    Unknown,
    /// A text contains a NUL byte, which C strings cannot carry.
    #[error("the text contains a NUL character")]
    Nul,
}

/// Renders `messages` with the Jinja `template` (or a built-in name such as `chatml`), ending where the model's turn
/// begins.
///
/// # Errors
/// [`TemplateError`].
pub fn apply_chat_template(template: &str, messages: &[ChatMessage]) -> Result<String, TemplateError> {
    let template = CString::new(template).map_err(|_| TemplateError::Nul)?;
    let texts: Vec<CString> = messages
        .iter()
        .map(|m| CString::new(m.text.as_str()).map_err(|_| TemplateError::Nul))
        .collect::<Result<_, _>>()?;
    let chat: Vec<sys::llama_chat_message> = messages
        .iter()
        .zip(&texts)
        .map(|(message, text)| sys::llama_chat_message {
            role: role(message.role).as_ptr(),
            content: text.as_ptr(),
        })
        .collect();
    let mut buffer = vec![0u8; 1024 + 2 * messages.iter().map(|m| m.text.len()).sum::<usize>()];
    loop {
        let room = i32::try_from(buffer.len()).unwrap_or(i32::MAX);
        // SAFETY: template, messages and buffer are valid for the lengths given and outlive the call.
        let length = unsafe {
            sys::llama_chat_apply_template(
                template.as_ptr(),
                chat.as_ptr(),
                chat.len(),
                true,
                buffer.as_mut_ptr().cast(),
                room,
            )
        };
        let length = usize::try_from(length).map_err(|_| TemplateError::Unknown)?;
        if length <= buffer.len() {
            buffer.truncate(length);
            return Ok(String::from_utf8_lossy(&buffer).into_owned());
        }
        buffer.resize(length, 0);
    }
}

fn role(role: ChatRole) -> &'static std::ffi::CStr {
    match role {
        ChatRole::System => c"system",
        ChatRole::User => c"user",
        ChatRole::Assistant => c"assistant",
    }
}
