"""The conformance ledger: each case of the certification catalogues as one automated test over a real socket, and the page that shows it."""
