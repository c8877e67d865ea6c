"""Where a person, a product or a campaign stands: in the manifests, in the CRM, and in the next plan. It only reads."""
