# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's side of the virtual machine tests: images, the project's build, the machine itself."""
