"""Numbers of system calls, on x86-64 and on 64-bit Arm. Source: asm/unistd_64.h, asm-generic/unistd.h."""

from __future__ import annotations

_Calls = dict[str, tuple[int | None, int | None]]

NUMBERS: _Calls = {"clone": (56, 220), "clone3": (435, 435), "socketpair": (53, 199)}
SOCKET: _Calls = {"socket": (41, 198)}

#: Ways of starting a process that have a call of their own.
FORKS: _Calls = {"fork": (57, None), "vfork": (58, None)}

#: Ways of sending a signal.
SIGNALS: _Calls = {
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}

_PROGRAMS: _Calls = {"execve": (59, 221), "execveat": (322, 281)}
_SOCKETS: _Calls = {
    "bind": (49, 200),
    "connect": (42, 203),
    "listen": (50, 201),
    # io_uring does all of this without the calls
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
_OTHER_PROCESSES: _Calls = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "perf_event_open": (298, 241),
    # what outlives a process
    "shmget": (29, 194),
    "semget": (64, 190),
    "msgget": (68, 186),
    "mq_open": (240, 180),
}
_ATTRIBUTES: _Calls = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "truncate": (76, 45),  # by path; the first two versions of Landlock do not guard it
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    # opening without a path leads out of a box of paths
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
}
_MOUNTS: _Calls = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
}
_KERNEL: _Calls = {
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "acct": (163, 89),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
}

#: What reaches beyond the box.
DENIED: _Calls = _PROGRAMS | _SOCKETS | _OTHER_PROCESSES | _ATTRIBUTES | _MOUNTS | _KERNEL
