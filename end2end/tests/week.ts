/* What tests of the calendar share: a week of their own, items in it, and where they lie on the page. */
import type { Page } from "@playwright/test";
import { rest, test } from "./house";

export type Event = { id: string; version: number };

// Each test has a week of its own, far from the sample company's and from each other's, also of those that run beside it.
let week = 40 + Number(process.env.TEST_PARALLEL_INDEX ?? 0) * 300 + Math.floor(Math.random() * 200);

/** For names that come once. */
export const turn = () => week;

/** Called by each file of tests that plans something. */
export function aWeekEach() {
  test.beforeEach(() => {
    week += 1;
  });
}

/** The n-th day (Monday is 0) of this test's week. */
export function day(n: number) {
  const date = new Date();
  date.setUTCDate(date.getUTCDate() + week * 7 - ((date.getUTCDay() + 6) % 7) + n);
  return date.toISOString().slice(0, 10);
}

/** What clocks show in the sample company's zone, as an instant. */
export function at(n: number, time: string) {
  const wall = new Date(`${day(n)}T${time}:00Z`);
  const shown = new Date(wall.toLocaleString("sv-SE", { timeZone: "Europe/Kyiv" }).replace(" ", "T") + "Z");
  return new Date(2 * wall.getTime() - shown.getTime()).toISOString();
}

export async function user(page: Page, who: string): Promise<string> {
  const found = await rest(page, "GET", `users?q=${who}@halyard.example`);
  return (found.records ?? found.items).find((u: { email?: string }) => u.email === `${who}@halyard.example`).id;
}

export async function event(page: Page, n: number, from: string, to: string, more: Record<string, unknown> = {}): Promise<Event> {
  return rest(page, "POST", "events", { start: at(n, from), end: at(n, to), zone: "Europe/Kyiv", ...more });
}

export const zone = "zone=Europe/Kyiv";
export const weekly = (more = "") => `/calendar?view=week&date=${day(0)}&${zone}${more}`;
export const item = (page: Page, name: string) => page.locator(".cal [data-item]").filter({ hasText: name }).first();
export const column = (page: Page, n: number) => page.locator(`.dcol[data-day="${day(n)}"]`);
export const alert = (page: Page) => page.locator(".planner .clashes");
export const said = (page: Page) => page.locator("[data-say=calendar]");

/** Asks somebody in the form that is open. */
export async function add(page: Page, name: string) {
  const field = page.locator(".planner .who input[role=combobox]").first();
  if (!(await field.isVisible())) await page.locator(".planner .chip.add").click();
  await field.fill(name);
  await page.getByRole("option", { name: new RegExp(name, "i") }).first().click();
}
