// Sets the theme before the first paint; the button goes through auto, light and dark.
"use strict";
(() => {
  const order = ["auto", "light", "dark"];
  const stored = () => {
    try {
      const value = localStorage.getItem("theme");
      return order.includes(value) ? value : "auto";
    } catch {
      return "auto"; // Storage can be switched off; then the choice lasts as long as the page.
    }
  };
  let theme = stored();
  const apply = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const button = document.getElementById("theme");
    if (button) button.textContent = `Theme: ${theme}`;
  };
  apply();
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme").addEventListener("click", () => {
      theme = order[(order.indexOf(theme) + 1) % order.length];
      try {
        if (theme === "auto") localStorage.removeItem("theme");
        else localStorage.setItem("theme", theme);
      } catch {
        // See above.
      }
      apply();
    });
  });
})();
