#pragma once

/// Every failure of this program is one line on stderr naming the call and its
/// subject, and the end of the process.
namespace berth::ns {

inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

/// "berth-ns: CALL SUBJECT: <errno's text>", then exit 1.
[[noreturn]] void fail(const char* call, const char* subject);

/// As above for what the kernel had no part in.
[[noreturn]] void fail_because(const char* what, const char* why);

/// "berth-ns: WHAT: WHY", then exit 2.
[[noreturn]] void fail_usage(const char* what, const char* why);

/// Passes on a call's result that is not negative; fails otherwise.
template <class T>
T must(T outcome, const char* call, const char* subject) {
  if (outcome < 0)
    fail(call, subject);
  return outcome;
}

} // namespace berth::ns
