#pragma once

#include "actors/images/api.hpp"
#include "actors/jobs/api.hpp"
#include "actors/resolve/login_files.hpp"
#include "model/settings.hpp"

#include <chrono>
#include <memory>

namespace berth {

/// Everybody the resolver talks to, and its patience with registries.
struct resolver_deps {
  std::shared_ptr<const settings> config;
  image_store_actor images;
  job_hands job;
  login_file_hands logins; ///< spawns a `login_file_worker`
  id_range range;          ///< the workers' ids
  std::chrono::milliseconds attempt_limit{15'000};
  std::chrono::milliseconds first_pause{1'000}, longest_pause{2'000};
};

} // namespace berth
