// Before anything is drawn: the theme that was chosen, or the system's.
const theme = localStorage.getItem("steward.theme");
if (theme) document.documentElement.dataset.theme = theme;
