//! Sends a file to the server and tells how far it is: `fetch` cannot say that, `XMLHttpRequest` can. It is reached by
//! name, as the one place that needs it.

use domain::import::Inspection;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::prelude::*;

/// Why a file was not taken, in words.
pub type Refused = String;

pub fn send(file: &web_sys::File, progress: impl Fn(i64) + 'static, done: impl FnOnce(Result<Inspection, Refused>) + 'static) {
    if request(file, progress, done).is_none() {
        leptos::logging::warn!("the upload could not be started");
    }
}

fn call(target: &JsValue, method: &str, args: &[JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(target, &method.into()).ok()?.dyn_into().ok()?;
    let list = Array::new();
    for arg in args {
        list.push(arg);
    }
    function.apply(target, &list).ok()
}

fn request(file: &web_sys::File, progress: impl Fn(i64) + 'static, done: impl FnOnce(Result<Inspection, Refused>) + 'static) -> Option<()> {
    let make: Function = Reflect::get(&js_sys::global(), &"XMLHttpRequest".into()).ok()?.dyn_into().ok()?;
    let request = Reflect::construct(&make, &Array::new()).ok()?;
    call(&request, "open", &["POST".into(), "/api/v1/imports".into()])?;
    call(&request, "setRequestHeader", &["Accept".into(), "application/json".into()])?;
    call(&request, "setRequestHeader", &["Accept-Language".into(), fmt().tag().into()])?;

    let number = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok().and_then(|v| v.as_f64()).unwrap_or(0.0);
    let told = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let (loaded, total) = (number(&event, "loaded"), number(&event, "total"));
        if total > 0.0 {
            // A share of a hundred fits every number there is.
            progress((loaded * 100.0 / total).clamp(0.0, 100.0) as i64);
        }
    });
    let upload = Reflect::get(&request, &"upload".into()).ok()?;
    Reflect::set(&upload, &"onprogress".into(), told.as_ref()).ok()?;

    let answer = request.clone();
    let ended = Closure::once_into_js(move || {
        drop(told);
        let status = number(&answer, "status");
        let text = Reflect::get(&answer, &"responseText".into()).ok().and_then(|v| v.as_string()).unwrap_or_default();
        done(read(status, &text));
    });
    Reflect::set(&request, &"onloadend".into(), &ended).ok()?;

    let form = web_sys::FormData::new().ok()?;
    form.append_with_blob_and_filename("file", file, &file.name()).ok()?;
    call(&request, "send", &[form.into()])?;
    Some(())
}

fn read(status: f64, text: &str) -> Result<Inspection, Refused> {
    if (200.0..300.0).contains(&status) {
        return serde_json::from_str(text).map_err(|_| error_text(&Error::Unavailable));
    }
    if status == 401.0 {
        crate::shell::sign_in_again();
    }
    // A problem document in the person's language; whatever stands before the server may answer otherwise.
    let problem: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let first = problem.pointer("/errors/0/detail").or_else(|| problem.get("detail")).and_then(|v| v.as_str());
    Err(first.map_or_else(|| error_text(&Error::Unavailable), str::to_owned))
}
