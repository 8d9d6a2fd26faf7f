#pragma once

#include "test/fuzz/target.hpp"

/// Every target, each in the file of its name.
namespace berth::fuzz {

extern const target addresses, archives, compressed, configurations,
  dockerfiles, durations, encodings, git_names, git_urls, http_text,
  image_layouts, image_names, in_workspace, init_tasks, kernel_text, log_lines,
  mount_tables, paths, quantities, records, s3_answers, start_requests,
  url_templates, worker_messages;

} // namespace berth::fuzz
