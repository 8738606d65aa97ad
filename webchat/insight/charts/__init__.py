"""Where everything in a chart lies. Templates draw it (templates/admin/insight/)."""
