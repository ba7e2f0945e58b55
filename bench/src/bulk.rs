//! An import of 100,000 rows, as an operator does it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::program::{Scratch, call, sample};

pub const ROWS: usize = 100_000;

/// Deals of a thousand companies, into a database that holds the sample company.
pub fn import(program: &Path, site: &Path, data: &Path) -> Result<(Duration, String)> {
    let scratch = Scratch::new(data, "import")?;
    sample(program, site, &scratch.0)?;
    let mut companies = String::from("Company,City,Employees\n");
    for n in 0..1_000 {
        writeln!(companies, "Importers {n:04},Lviv,{}", 10 + n)?;
    }
    let mut deals = String::from("Deal name,Company,Amount,Expected close,External id\n");
    for n in 0..ROWS {
        let (day, month) = (n % 28 + 1, n % 12 + 1);
        writeln!(deals, "Order {n:06},Importers {:04},{}.{:02},2027-{month:02}-{day:02},X{n:06}", n * 7 % 1_000, 100 + n % 9_000, n % 100)?;
    }
    let (first, second) = (scratch.0.join("companies.csv"), scratch.0.join("deals.csv"));
    std::fs::write(&first, companies)?;
    std::fs::write(&second, deals)?;
    call(program, &scratch.0, &["import", &first.to_string_lossy(), "--kind", "companies"])?;
    let begun = Instant::now();
    let said = call(program, &scratch.0, &["import", &second.to_string_lossy(), "--kind", "deals"])?;
    let took = begun.elapsed();
    if !said.contains(&format!("{ROWS} created")) {
        bail!("the import went another way:\n{said}");
    }
    Ok((took, said))
}
