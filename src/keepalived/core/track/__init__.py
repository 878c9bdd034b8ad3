"""What is watched beside links: scripts, files, processes."""
