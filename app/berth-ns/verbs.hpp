#pragma once

/// One function a verb, one file each. Arguments are those behind the verb,
/// null-terminated; the result is the exit code. See README.md for what each
/// one does.
namespace berth::ns {

int run_userns(char** args);
int run_container(char** args);
int run_sandbox(char** args);

} // namespace berth::ns
