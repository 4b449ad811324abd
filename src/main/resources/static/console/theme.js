// Before the first paint, so that a chosen theme does not flash in.
(() => {
  const chosen = localStorage.getItem('wholecart.theme');
  if (chosen === 'light' || chosen === 'dark') {
    document.documentElement.dataset.theme = chosen;
  }
})();
