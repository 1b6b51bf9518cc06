"""The custom resources that the plugin serves (`dockyard.provider`), as classes for Pulumi programs.

One module per resource; `inputs` is the pure part, which imports no Pulumi. Importing this package loads nothing yet.
"""
