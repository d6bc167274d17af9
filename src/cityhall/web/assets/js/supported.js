// Runs before the page is drawn, so that what needs script does not flash. GOV.UK Frontend looks for these classes.
document.body.className += " js-enabled" + ("noModule" in HTMLScriptElement.prototype ? " govuk-frontend-supported" : "");
