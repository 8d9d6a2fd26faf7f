#pragma once

#include "model/settings.hpp"

namespace berth {

/// What is left to do once the actors have ended. Removes those of builds.
/// Kills what still runs there; the next start begins its build again.
void remove_build_cgroups(const settings&);

/// Removes those above the workspaces' once no workspace is left; another
/// instance's stay.
void remove_empty_cgroups(const settings&);

} // namespace berth
