import { existsSync } from "node:fs";
import { defineConfig, devices } from "@playwright/test";

// Tests run against the real program on an on-disk database, which Playwright starts, or against RAPPORT_BASE_URL.
const port = Number(process.env.RAPPORT_TEST_PORT ?? 3300);
const baseURL = process.env.RAPPORT_BASE_URL ?? `http://127.0.0.1:${port}`;

// The distribution's Chromium where there is one; else Playwright's own.
const chromium = [process.env.RAPPORT_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));

const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: false,
  workers: Number(process.env.RAPPORT_TEST_WORKERS ?? 2),
  forbidOnly: !!process.env.CI,
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  use: {
    baseURL,
    locale: "en-US",
    timezoneId: "UTC",
    trace: "on-first-retry",
    screenshot: "only-on-failure",
    launchOptions: { executablePath: chromium, args: [...quiet, ...asRoot] },
  },
  // A test tagged @phone runs on the phone only, one tagged @everywhere on both, all others on the desktop.
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"], viewport: { width: 1440, height: 900 } }, grepInvert: /@phone/ },
    {
      name: "phone",
      use: { ...devices["Pixel 7"], viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
      grep: /@phone|@everywhere/,
    },
  ],
  webServer: process.env.RAPPORT_BASE_URL
    ? undefined
    : {
        command: "../script/serve-test",
        url: `${baseURL}/readyz`,
        timeout: 180_000,
        reuseExistingServer: false,
        stdout: process.env.CI ? "ignore" : "pipe",
        gracefulShutdown: { signal: "SIGTERM", timeout: 10_000 },
      },
});
