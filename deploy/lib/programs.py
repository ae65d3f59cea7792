# SPDX-License-Identifier: Apache-2.0
"""Where the built programs and the reference lists are."""

import os

from waiting import Trouble

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Programs:
    """`imsd` and `ims` of a build folder: IMS_BUILD, or build/ of this tree."""

    def __init__(self, build=None):
        build = os.path.abspath(build or os.environ.get("IMS_BUILD") or os.path.join(TOP, "build"))
        self.build = build
        self.imsd, self.ims = os.path.join(build, "imsd"), os.path.join(build, "ims")
        self.reference = os.path.join(TOP, "config", "reference")
        for path in (self.imsd, self.ims):
            if not os.access(path, os.X_OK):
                raise Trouble("%s is not there: build it first (make)" % path)
