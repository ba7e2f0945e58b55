//! Working hours as the settings show and read them: a day is "09:00-13:00, 14:00-18:00", or nothing when it is free.

use domain::calendar::WorkingHours;
use domain::calendar::hours::Shift;

use super::planner::model::{minute_of, time_of};

/// "09:00-13:00, 14:00-18:00".
pub fn write(shifts: &[Shift]) -> String {
    let end = |m: u16| if m == 1440 { "24:00".to_owned() } else { time_of(i32::from(m)) };
    shifts.iter().map(|s| format!("{}–{}", time_of(i32::from(s.from)), end(s.to))).collect::<Vec<_>>().join(", ")
}

/// None: no hours that one could keep.
pub fn read(text: &str) -> Option<Vec<Shift>> {
    let mut out: Vec<Shift> = Vec::new();
    for part in text.split([',', ';', '，', '、']).map(str::trim).filter(|p| !p.is_empty()) {
        let (from, to) = part.split_once(['-', '–', '—', '~'])?;
        let full = |t: &str| {
            let t = t.trim().replace('：', ":");
            if t.contains(':') { t } else { format!("{t}:00") }
        };
        let from = u16::try_from(minute_of(&full(from))?).ok()?;
        let to = full(to);
        let to = if to == "24:00" { 1440 } else { u16::try_from(minute_of(&to)?).ok()? };
        let in_order = from < to && out.last().is_none_or(|last| last.to <= from);
        if !in_order {
            return None;
        }
        out.push(Shift { from, to });
    }
    Some(out)
}

/// From Monday to Sunday, as typed; which day could not be read (0 is Monday).
pub fn week(days: &[String], exceptions: &WorkingHours) -> Result<WorkingHours, usize> {
    let mut week: [Vec<Shift>; 7] = Default::default();
    for (n, slot) in week.iter_mut().enumerate() {
        *slot = days.get(n).and_then(|t| read(t)).ok_or(n)?;
    }
    Ok(WorkingHours { week, exceptions: exceptions.exceptions.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        let day = [Shift { from: 540, to: 780 }, Shift { from: 840, to: 1440 }];
        assert_eq!(write(&day), "09:00–13:00, 14:00–24:00");
        assert_eq!(read(&write(&day)), Some(day.to_vec()));
        assert_eq!(read("9-13，14：30–18"), Some(vec![Shift { from: 540, to: 780 }, Shift { from: 870, to: 1080 }]));
        assert_eq!(read(" "), Some(Vec::new()), "a free day");
        for wrong in ["9", "18-9", "9-13, 12-14", "9-25", "nine-five"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_day_that_cannot_be_read_is_named() {
        let days: Vec<String> = ["9-18", "9-18", "x", "", "", "", ""].map(str::to_owned).to_vec();
        assert_eq!(week(&days, &WorkingHours::always()), Err(2));
    }
}
