#pragma once

/// One function a verb, one file each. Arguments are those behind the verb,
/// null-terminated; the result is the exit code. See README.md for what each
/// one does.
namespace berth::ns {

int run_userns(char** args);
int run_container(char** args);
int run_sandbox(char** args);
int run_id_map(char** args);
int run_mount(char** args);
int run_unmount(char** args);
int run_mark(char** args);
int run_unmark(char** args);
int run_nfs(char** args);
int run_netns(char** args);

} // namespace berth::ns
