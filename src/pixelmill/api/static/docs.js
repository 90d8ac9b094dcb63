// A file of its own, because the page's content security policy allows no inline script.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // The default asks a validator on the internet.
  validatorUrl: null,
});
