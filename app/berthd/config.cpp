#include "app/berthd/config.hpp"

#include "app/berthd/config_settings.hpp"
#include "app/berthd/config_yaml.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "berth/v1/config.pb.h"

namespace berth {

namespace {

result<std::string> contents(const std::filesystem::path& file) {
  // The stream would open a directory and read nothing of it.
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return errno_error(EISDIR, "open", file.native());
  errno = 0;
  std::ifstream in{file, std::ios::binary};
  if (!in)
    return errno_error(errno, "open", file.native());
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad())
    return errno_error(errno, "read", file.native());
  return std::move(text).str();
}

} // namespace

result<settings> parse_config(std::string_view yaml, std::string_view name) {
  v1::Config config;
  config_marks built_in{"built-in defaults"};
  if (auto read = read_yaml(default_config(), config, built_in); !read)
    return read.error();
  config_marks marks{std::string{name}};
  if (auto read = read_yaml(yaml, config, marks); !read)
    return read.error();
  return make_settings(config, marks);
}

result<settings> load_config(const std::filesystem::path& file) {
  if (file.empty())
    return parse_config({}, "built-in defaults");
  auto text = contents(file);
  if (!text)
    return text.error();
  return parse_config(*text, file.native());
}

} // namespace berth
