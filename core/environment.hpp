#pragma once

#include "model/error.hpp"
#include "model/settings.hpp"
#include "model/workspace.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth {

/// Takes the values of protected variables, and of those that look like
/// what stands for one, out of the user's in `spec` and puts them into
/// `secrets`. Protected is what a user may have set to keep a secret: every
/// name but the platform's own prefixes and what the platform sets as well;
/// and of these the names in `also`.
void extract_protected(workspace_spec& spec, initializer_secrets& secrets,
                       const std::set<std::string>& also = {});

/// Whether `path` is of a variable: a secret of `extract_protected`.
bool is_variable_path(std::string_view path);

/// The variables that were taken out, with their values, to be set over the
/// others; `data_loss` if the value of one is not in `secrets`.
result<std::vector<env_var>> protected_environment(const workspace_spec&,
                                                   const initializer_secrets&);

/// The environment of a workspace's processes but the protected part, in the
/// order in which clients of the platform expect it; of two entries with one
/// name the later counts.
std::vector<env_var> workspace_environment(const workspace_record&,
                                           const settings&);

} // namespace berth
