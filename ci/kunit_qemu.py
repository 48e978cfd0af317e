# SPDX-License-Identifier: GPL-2.0-only
"""kunit.py's view of a target record: kunit.py --qemu_config=ci/kunit_qemu.py,
with the target's name in the environment variable UTRACE_TARGET."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import record  # noqa: E402

# kunit.py loads this file as if it stood among its own configurations.
from ..qemu_config import QemuArchParams  # noqa: E402

_r = record.load(os.environ['UTRACE_TARGET'])

QEMU_ARCH = QemuArchParams(
    linux_arch=_r['karch'],
    kconfig='',
    qemu_arch=_r['qemu'].replace('qemu-system-', ''),
    kernel_path=_r['image'],
    kernel_command_line=f'console={_r["console"]} {_r["cmdline"]}',
    extra_qemu_params=['-M', _r['machine'], '-cpu', _r['cpu'],
                       '-smp', _r['smp'], *_r.get('clock', '').split()])
