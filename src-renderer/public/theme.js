// Runs before the first paint: puts the remembered theme and density on <html>, so that nothing flashes.
(function () {
  try {
    var theme = localStorage.getItem('theme');
    var density = localStorage.getItem('density');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    if (density === 'compact') document.documentElement.dataset.density = density;
  } catch {
    // Storage may be denied; the system's theme is right then.
  }
})();
