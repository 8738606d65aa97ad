"""The words between browser and server: commands, events, and the patches of growing answers."""
