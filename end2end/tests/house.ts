// What all specs share: signing in as the sample company's people, and failing on anything the console complains about.
import { expect, test as base, type Browser, type Page } from "@playwright/test";

export const PASSWORD = "halyard demo 2026";

const ORIGIN = process.env.RAPPORT_BASE_URL ?? `http://127.0.0.1:${process.env.RAPPORT_TEST_PORT ?? 3300}`;

export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      listen(page, complaints);
      await use(complaints);
      expect(complaints, "the console").toEqual([]);
    },
    { auto: true },
  ],
});

/** Errors and failed panics count; a refused form (4xx that the test provokes) does not. */
export function listen(page: Page, complaints: string[]) {
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of (401|404|409|412|422|429)/.test(message.text())) complaints.push(message.text());
  });
}

export async function ready(page: Page) {
  await page.locator("html[data-hydrated]").waitFor();
}

/** The WebAssembly and its parts arrive when what this gives back is called, and everything else before. */
export async function gate(page: Page): Promise<() => void> {
  let open = () => {};
  const opened = new Promise<void>((done) => (open = done));
  await page.route(/\.(wasm|pack)(\?|$)/, async (route) => {
    await opened;
    await route.continue();
  });
  return open;
}

export async function open(page: Page, path: string) {
  await page.goto(path);
  await ready(page);
}

/** By the door that the form uses, so that no test but the form's own waits for two pages more. */
export async function signIn(page: Page, who = "olena", password = PASSWORD) {
  const email = who.includes("@") ? who : `${who}@halyard.example`;
  const answer = await page.request.post("/api/app/auth/sign_in", {
    data: JSON.stringify({ credentials: { email, password }, keep: false }),
    headers: { "content-type": "application/json", origin: ORIGIN },
  });
  expect(answer.status(), `${email} signs in`).toBe(200);
}

/** Another person at another computer. */
export async function another(browser: Browser, who: string, complaints: string[], locale = "en-US") {
  const context = await browser.newContext({ locale });
  const page = await context.newPage();
  listen(page, complaints);
  await signIn(page, who);
  return page;
}

/** REST with the page's own session: for what a test needs to be there, not for what it tests. */
export async function rest(page: Page, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await page.request.fetch(`/api/v1/${path}`, {
    method,
    data: body === undefined ? undefined : JSON.stringify(body),
    headers: { "content-type": "application/json", origin: ORIGIN, ...headers },
  });
  const text = await answer.text();
  expect(answer.status(), `${method} ${path}: ${text.slice(0, 400)}`).toBeLessThan(300);
  return text ? JSON.parse(text) : null;
}

export { expect };
