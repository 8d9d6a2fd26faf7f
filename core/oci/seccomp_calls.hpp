#pragma once

#include <string_view>

namespace berth {

/// System calls a workspace may make, by subject. Whatever is not named here
/// looks to it like a kernel without that call (ENOSYS), which every libc
/// knows how to live with. `docs/container.md` says why.
// Rows of names, each one text.
// NOLINTBEGIN(bugprone-suspicious-missing-comma)
inline constexpr std::string_view allowed_calls[] = {
  // Files and directories.
  "access chdir chmod chown chown32 close close_range creat dup dup2 dup3 "
  "faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod "
  "fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock "
  "fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 "
  "futimesat getcwd getdents getdents64 lchown lchown32 link linkat lseek "
  "_llseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at "
  "newfstatat open openat openat2 readdir readlink readlinkat rename renameat "
  "renameat2 rmdir stat stat64 statfs statfs64 statx symlink symlinkat sync "
  "sync_file_range syncfs truncate truncate64 umask unlink unlinkat utime "
  "utimensat utimensat_time64 utimes cachestat",
  // Extended attributes and watches.
  "fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr "
  "llistxattr lremovexattr lsetxattr removexattr setxattr inotify_add_watch "
  "inotify_init inotify_init1 inotify_rm_watch",
  // Bytes in and out.
  "copy_file_range ioctl pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev "
  "pwritev2 read readahead readv sendfile sendfile64 splice tee vmsplice "
  "write writev io_cancel io_destroy io_getevents io_pgetevents "
  "io_pgetevents_time64 io_setup io_submit",
  // Waiting.
  "epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait "
  "eventfd eventfd2 _newselect poll ppoll ppoll_time64 pselect6 "
  "pselect6_time64 select signalfd signalfd4 pause",
  // Memory.
  "brk get_mempolicy madvise mbind membarrier memfd_create memfd_secret "
  "mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap msync munlock "
  "munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise "
  "process_mrelease remap_file_pages set_mempolicy map_shadow_stack mseal",
  // Processes and threads.
  "arch_prctl clone clone3 execve execveat exit exit_group fork futex "
  "futex_time64 futex_waitv futex_wait futex_wake futex_requeue "
  "get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid "
  "getpriority getrlimit getrusage getsid gettid ioprio_get ioprio_set kcmp "
  "modify_ldt personality pidfd_getfd pidfd_open pidfd_send_signal prctl "
  "prlimit64 process_vm_readv process_vm_writev ptrace restart_syscall rseq "
  "sched_get_priority_max sched_get_priority_min sched_getaffinity "
  "sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval "
  "sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
  "sched_setparam sched_setscheduler sched_yield set_robust_list "
  "set_thread_area set_tid_address setpgid setpriority setrlimit setsid "
  "ugetrlimit vfork wait4 waitid waitpid",
  // Signals.
  "alarm kill rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo "
  "rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
  "rt_tgsigqueueinfo sigaction sigaltstack signal sigpending sigprocmask "
  "sigreturn sigsuspend tgkill tkill",
  // Time, reading only; the kernel refuses adjustments from a user namespace.
  "adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 "
  "clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 "
  "getitimer gettimeofday nanosleep setitimer time timer_create timer_delete "
  "timer_getoverrun timer_gettime timer_gettime64 timer_settime "
  "timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 "
  "timerfd_settime timerfd_settime64 times",
  // Who one is, and giving it up.
  "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 "
  "getgroups getgroups32 getresgid getresgid32 getresuid getresuid32 getuid "
  "getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups "
  "setgroups32 setregid setregid32 setresgid setresgid32 setresuid "
  "setresuid32 setreuid setreuid32 setuid setuid32 landlock_add_rule "
  "landlock_create_ruleset landlock_restrict_self seccomp",
  // Sockets; `socket` and `socketpair` themselves are judged by family.
  "accept accept4 bind connect getpeername getsockname getsockopt listen recv "
  "recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto "
  "setsockopt shutdown",
  // System V and POSIX messages, which live in namespaces of their own.
  "ipc mq_getsetattr mq_notify mq_open mq_timedreceive "
  "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl "
  "msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 "
  "shmat shmctl shmdt shmget",
  // Namespaces and mounts, for containers inside a workspace. A process gets
  // far with them only in a user namespace of its own.
  "chroot mount mount_setattr move_mount open_tree pivot_root setdomainname "
  "sethostname setns umount umount2 unshare",
  // The rest.
  "getrandom sysinfo uname",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

} // namespace berth
