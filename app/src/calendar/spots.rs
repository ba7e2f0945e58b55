//! What lies below a point of the screen: days and minutes, lines of people, items.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::calendar::view::Shown;
use domain::time;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget};

use super::desk::Desk;
use super::{clock, keys};

pub fn element(target: Option<EventTarget>) -> Option<Element> {
    target?.dyn_into::<Element>().ok()
}

pub fn closest(e: &Element, what: &str) -> Option<Element> {
    e.closest(what).ok().flatten()
}

pub fn item_at(desk: Desk, e: &Element) -> Option<Arc<Shown>> {
    keys::find(desk, &closest(e, "[data-item]")?.get_attribute("data-item")?)
}

pub fn subject_of(e: &Element) -> Option<domain::Id> {
    domain::Id::parse(&closest(e, "[data-subject]")?.get_attribute("data-subject")?)
}

pub fn all(root: &Element, what: &str) -> Vec<Element> {
    let Ok(list) = root.query_selector_all(what) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.get(i)?.dyn_into().ok()).collect()
}

/// The day and minute below a point; beside the columns the nearest of them.
pub fn place(root: &Element, (x, y): (f64, f64)) -> Option<(NaiveDate, Option<i32>)> {
    let columns = all(root, ".dcol[data-day]");
    let distance = |e: &Element| {
        let r = e.get_bounding_client_rect();
        (r.left() - x).max(x - r.right()).max(0.0)
    };
    if !columns.is_empty() {
        let column = columns.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
        let r = column.get_bounding_client_rect();
        let day = time::parse_date(&column.get_attribute("data-day")?)?;
        return Some((day, Some(clock::minute_at(y - r.top(), r.height() / 24.0))));
    }
    // The team's day: one day, its hours from left to right in every line.
    let tracks = all(root, ".track[data-subject]");
    if let Some(track) = tracks.first() {
        let r = track.get_bounding_client_rect();
        let day = time::parse_date(&root.get_attribute("data-day")?)?;
        return Some((day, Some(clock::minute_at(x - r.left(), r.width() / 24.0))));
    }
    let off = |e: &Element| {
        let r = e.get_bounding_client_rect();
        distance(e) + (r.top() - y).max(y - r.bottom()).max(0.0)
    };
    let cells = all(root, "[data-allday]");
    let cell = cells.iter().min_by(|a, b| off(a).total_cmp(&off(b)))?;
    Some((time::parse_date(&cell.get_attribute("data-allday")?)?, None))
}

/// From the hours up into the row of whole days, and from there down into the hours.
pub fn across(root: &Element, (x, y): (f64, f64)) -> Option<(NaiveDate, Option<i32>)> {
    let (other, up) = match (root.class_list().contains("hours"), root.class_list().contains("allday")) {
        (true, _) => (".cal .allday", true),
        (_, true) => (".cal .hours", false),
        _ => return None,
    };
    let other = document().query_selector(other).ok().flatten()?;
    let r = other.get_bounding_client_rect();
    let over = if up { y < r.bottom() } else { y > r.top() };
    if !over {
        return None;
    }
    if !up {
        return place(&other, (x, y));
    }
    let distance = |e: &Element| {
        let r = e.get_bounding_client_rect();
        (r.left() - x).max(x - r.right()).max(0.0)
    };
    let spots = all(&other, ".spot[data-allday]");
    let spot = spots.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some((time::parse_date(&spot.get_attribute("data-allday")?)?, None))
}

/// Whose line is nearest to a height.
pub fn line_at(root: &Element, y: f64) -> Option<domain::Id> {
    let off = |e: &Element| {
        let r = e.get_bounding_client_rect();
        (r.top() - y).max(y - r.bottom()).max(0.0)
    };
    subject_of(all(root, ".track[data-subject]").iter().min_by(|a, b| off(a).total_cmp(&off(b)))?)
}
