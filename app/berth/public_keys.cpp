#include "app/berth/public_keys.hpp"

#include <fstream>
#include <iostream>

namespace berth::cli {

result<void>
add_public_keys(const std::string& file,
                google::protobuf::RepeatedPtrField<std::string>& to) {
  std::ifstream named;
  if (file != "-")
    named.open(file);
  if (!named)
    return make_error(ec::invalid_argument, "cannot read " + file);
  auto& from = file == "-" ? std::cin : named;
  auto before = to.size();
  for (std::string line; std::getline(from, line);) {
    auto first = line.find_first_not_of(" \t\r");
    if (first == line.npos || line[first] == '#')
      continue;
    auto last = line.find_last_not_of(" \t\r");
    *to.Add() = line.substr(first, last - first + 1);
  }
  if (to.size() == before)
    return make_error(ec::invalid_argument, "there is no key in " + file);
  return {};
}

} // namespace berth::cli
