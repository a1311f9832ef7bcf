const target = document.getElementById("docs");

SwaggerUIBundle({ domNode: target, url: target.dataset.document, deepLinking: true });
