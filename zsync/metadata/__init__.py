"""What an org's metadata says, whether live or in its org profile, and what manifests get wrong about it. Pure."""
