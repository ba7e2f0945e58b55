// Fingers: on a phone every tick box, link in rows, icon button, chip and menu entry answers in 44 by 44 pixels, and none
// answers where another one lies. Measured as a finger meets it: what does the page say lies at these points?
import type { Page } from "@playwright/test";
import { expect, open, rest, signIn, test } from "./house";

const SCREENS = [
  ...["/deals?layout=board", "/deals?layout=table", "/deals?filter=amount%20%3E%3D%201000", "/companies", "/contacts", "/products", "/tasks", "/calls", "/notes"],
  ...["/calendar?view=day", "/calendar?view=month", "/calendar?view=agenda", "/calendar/conflicts"],
  ...["/dashboard", "/import", "/bin"],
  ...["profile", "hours", "security", "tokens", "users", "teams", "pipelines", "workspace"].map((place) => `/settings/${place}`),
];

/** Targets smaller than 44 pixels within the element, each with its measures. */
const small = (page: Page, within = "body") =>
  page.evaluate(async (within) => {
    // On whole pixels around a middle that may lie between two.
    const LEAST = 43;
    // Fields that are typed in are as high as their line of text and need no aim: they are measured elsewhere.
    const ANY = "a[href], button, input:is([type=checkbox], [type=radio]), select, summary, [role=tab], [role^=menuitem], [role=option], label.check, label.switch, label.choice, label.pick";
    const frame = () => new Promise(requestAnimationFrame);
    /** What a press here would reach. In a list's row on a phone a press anywhere opens what its link leads to. */
    const owner = (x: number, y: number): Element | null => {
      const hit = document.elementFromPoint(x, y);
      const control = hit?.closest(ANY) ?? null;
      const row = control ? null : hit?.closest(".grid .r");
      return row ? row.querySelector(".title > a") : control;
    };
    const same = (a: Element | null, b: Element) =>
      a !== null && (a === b || a.contains(b) || b.contains(a) || (a instanceof HTMLLabelElement && a.control === b) || (b instanceof HTMLLabelElement && b.control === a));
    const around = (element: Element) => {
      const all: Element[] = [];
      for (let at: Element | null = element; at; at = at.parentElement) all.push(at);
      return all;
    };
    const stuck = (over: Element) => around(over).some((e) => ["sticky", "fixed"].includes(getComputedStyle(e).position));
    const clipped = (element: Element, x: number, y: number) =>
      around(element).slice(1).some((e) => {
        const box = e.getBoundingClientRect();
        return getComputedStyle(e).overflow !== "visible" && (x < box.left || x > box.right || y < box.top || y > box.bottom);
      });
    const found: string[] = [];
    for (const element of document.querySelector(within)?.querySelectorAll<HTMLElement>(ANY) ?? []) {
      // Bars of a chart: the table beside it has the same links.
      if (element instanceof SVGElement) continue;
      const style = getComputedStyle(element);
      if (element.matches(":disabled, [aria-hidden=true] *, .sr, .skip, [type=hidden], [type=file]") || style.visibility === "hidden" || style.pointerEvents === "none") continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      // A tick box is what its label is.
      if (element.matches("input") && element.closest("label.check, label.switch, label.choice, label.pick")) continue;
      // WCAG 2.5.8: a link in a sentence is as high as its line.
      const sentence = element.closest("p, li, dd, td, .hint, .tl")?.textContent?.trim() ?? "";
      if (element.matches("a, .linkish") && style.display === "inline" && sentence.length > (element.textContent?.trim().length ?? 0) + 12) continue;
      element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      await frame();
      const box = element.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      const [x, y] = [Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 2), Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 2)];
      const name = `${element.tagName.toLowerCase()}.${element.className || element.id} “${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 30)}”`;
      if (!same(owner(x, y), element)) {
        // Beneath what is stuck to an edge, or out of a box that cannot be scrolled: nobody can press it here. Whatever else
        // lies over it takes its presses away.
        const over = document.elementFromPoint(x, y);
        if (!over || stuck(over) || clipped(element, x, y)) continue;
        found.push(`${name}: below ${over.tagName.toLowerCase()}.${over.className}`);
        continue;
      }
      const reach = (dx: number, dy: number) => {
        let n = 0;
        while (n < LEAST && same(owner(x + dx * (n + 1), y + dy * (n + 1)), element)) n++;
        return n;
      };
      const [wide, high] = [reach(-1, 0) + reach(1, 0) + 1, reach(0, -1) + reach(0, 1) + 1];
      // At the very edge of the window a finger cannot miss it.
      const edge = (at: number, size: number, whole: number) => at < 1 || at + size > whole - 1;
      if ((wide < LEAST && !edge(box.x, box.width, innerWidth)) || (high < LEAST && !edge(box.y, box.height, innerHeight))) {
        found.push(`${name}: ${wide} × ${high}`);
      }
    }
    return [...new Set(found)];
  }, within);

test("every target takes a finger of 44 pixels @phone", async ({ page }) => {
  test.setTimeout(240_000);
  await signIn(page);
  const pages = [...SCREENS];
  for (const kind of ["deals", "companies", "contacts", "products", "tasks"]) {
    pages.push(`/${kind}/${(await rest(page, "GET", `${kind}?limit=1`)).items[0].id}`);
  }
  const all: string[] = [];
  for (const screen of pages) {
    await open(page, screen);
    await expect(page.locator("h1").first()).toBeVisible();
    await expect(page.locator("main .skeleton")).toHaveCount(0);
    const tabs = page.locator(".panetabs [role=tab], .panetabs > button");
    for (let i = 0; i < Math.max(1, await tabs.count()); i++) {
      if (await tabs.nth(i).isVisible()) await tabs.nth(i).tap();
      all.push(...(await small(page)).map((line) => `${screen}: ${line}`));
    }
  }
  expect([...new Set(all)]).toEqual([]);
});

test("what opens takes a finger too: menus, columns, filters, periods, the choice of a stage @phone", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  const all: string[] = [];
  const measure = async (name: string) => {
    await expect(page.locator(":popover-open").last()).toBeVisible();
    // It slides in: measured where it comes to rest.
    await page.locator(":popover-open").last().evaluate((e) => Promise.all(e.getAnimations().map((a) => a.finished)));
    all.push(...(await small(page, ":popover-open")).map((line) => `${name}: ${line}`));
    await page.keyboard.press("Escape");
  };
  await open(page, "/companies");
  for (const name of ["Columns", "Export"]) {
    await page.getByRole("button", { name, exact: true }).tap();
    await measure(name);
  }
  await page.locator(".viewname").tap();
  await measure("views");
  await page.locator(".chip.add").tap();
  await measure("filter");
  await open(page, "/dashboard");
  for (const name of [/^Period/, /^Owner/]) {
    await page.getByRole("button", { name }).tap();
    await measure(String(name));
  }
  await open(page, "/deals?layout=board");
  await page.locator(".btn.pipe").tap();
  await measure("pipelines");
  expect(all).toEqual([]);
});

test("the menu of new records hangs at its button and stays in the window @everywhere", async ({ page }) => {
  await signIn(page);
  await open(page, "/companies");
  for (const width of [1440, 1024, 700, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const more = page.locator(".bar .split .btn").last();
    if (!(await more.isVisible())) {
      // A phone has room for one button: it makes what the page is about.
      await expect(page.locator(".bar .split .btn").first()).toBeVisible();
      continue;
    }
    await more.click();
    const menu = page.locator(".bar .split .pop:popover-open");
    await menu.evaluate((e) => Promise.all(e.getAnimations().map((a) => a.finished)));
    const [button, box] = [(await more.boundingBox())!, (await menu.boundingBox())!];
    expect(box.x, `${width}`).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width, `${width}`).toBeLessThanOrEqual(width);
    expect(box.y + box.height, `${width}`).toBeLessThanOrEqual(844);
    if (width > 640) {
      expect(Math.abs(box.x + box.width - (button.x + button.width)), `${width}: right edges`).toBeLessThanOrEqual(2);
      expect(box.y - (button.y + button.height), `${width}: below`).toBeGreaterThanOrEqual(0);
      expect(box.y - (button.y + button.height), `${width}: near`).toBeLessThanOrEqual(8);
    }
    await page.keyboard.press("Escape");
  }
});
