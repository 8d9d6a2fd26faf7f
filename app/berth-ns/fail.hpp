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

/// Why a verb that a workspace asked for was not performed: the exit code, for
/// callers that tell them apart.
enum class refusal {
  invalid = 10,     ///< what was asked for makes no sense
  missing = 11,     ///< what it is about is not there
  forbidden = 12,   ///< nobody gets that
  unfit = 13,       ///< it is in no state for that
  busy = 14,        ///< somebody uses it
  unavailable = 15, ///< the other side says no
  full = 16,        ///< the workspace has no room for it
};

/// "berth-ns: WHAT: WHY", then exit with the refusal's code.
[[noreturn]] void refuse(refusal, const char* what, const char* why);

/// Passes on a call's result that is not negative; fails otherwise.
template <class T>
T must(T outcome, const char* call, const char* subject) {
  if (outcome < 0)
    fail(call, subject);
  return outcome;
}

} // namespace berth::ns
