import { expect, open, rest, signIn, test } from "./house";

test("lists by touch: a long touch selects, presses select more, many are changed at once @phone", async ({ page }) => {
  await signIn(page);
  const mark = `Touch${Date.now()}`;
  for (const name of ["A", "B", "C"]) await rest(page, "POST", "companies", { name: `${mark} ${name}`, city: "Kyiv", industry: "retail" });
  await open(page, `/companies?filter=${encodeURIComponent(`name ~ "${mark}"`)}`);
  const row = (name: string) => page.locator(".rows .r", { hasText: `${mark} ${name}` });
  const box = (await row("A").boundingBox())!;
  const touch = await page.context().newCDPSession(page);
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: box.x + 200, y: box.y + 20 }] });
  await expect(page.locator(".selbar")).toContainText("1 selected");
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await row("B").getByRole("link").tap();
  await expect(page.locator(".selbar")).toContainText("2 selected");
  await page.locator(".selbar").getByRole("button", { name: "Edit field" }).tap();
  const sheet = page.locator(":popover-open").last();
  await sheet.getByLabel("Field").selectOption("industry");
  await sheet.getByRole("textbox", { name: "Industry" }).fill("logistics");
  await sheet.getByRole("button", { name: "Apply" }).tap();
  await expect(row("A")).toContainText("logistics");
  await expect(row("B")).toContainText("logistics");
  await expect(row("C")).toContainText("retail");
  await page.locator(".selbar").getByRole("button", { name: /Clear|nothing/i }).or(page.locator(".selbar > .btn.icon")).last().tap();
  await expect(page.locator(".selbar")).toHaveCount(0);
  await row("C").getByRole("link").tap();
  await expect(page.locator(".rhead h2")).toHaveText(`${mark} C`);
});

test("a record by touch: a field is edited, a note written down @phone", async ({ page }) => {
  await signIn(page);
  const made = await rest(page, "POST", "companies", { name: `Pocket ${Date.now()}`, city: "Kyiv" });
  await open(page, `/companies/${made.id}`);
  await page.getByRole("tab", { name: "Fields" }).tap();
  await page.locator("#val-city").tap();
  await page.locator("#edit-city input").fill("高雄");
  await page.locator("#edit-city").getByRole("button", { name: "Save" }).tap();
  await expect(page.locator("#val-city")).toContainText("高雄");
  await page.getByRole("tab", { name: "Timeline" }).tap();
  await expect(page.locator(".tl")).toContainText("高雄");
  await page.locator(".composer textarea").fill("Зателефонувати зранку");
  await page.locator(".composer .btn.primary").tap();
  await expect(page.locator(".tl").getByText("Зателефонувати зранку")).toBeVisible();
  await expect(page.locator(".composer textarea")).toHaveValue("");
});
