#include "test/iws/workspace.hpp"

#include <cstdlib>
#include <sstream>

namespace berth::e2e {

namespace {

std::vector<std::filesystem::path> ring_programs() {
  auto bin = std::filesystem::path{std::getenv("BERTH_BIN")};
  return {bin / "ring", bin / "iws-call", bin / "shiftfs-shim"};
}

} // namespace

served_workspace::served_workspace(const std::string& grpc,
                                   const std::string& more)
  : service(more, grpc) {
  import_base(ring_programs());
  id = start_another();
}

std::string served_workspace::start_another() {
  auto fresh = fresh_id();
  BOOST_REQUIRE(start(request(fresh)).ok());
  auto status = await(fresh, wsman::RUNNING);
  BOOST_REQUIRE_MESSAGE(status.phase() == wsman::RUNNING,
                        status.conditions().failed() << log_text());
  return fresh;
}

int served_workspace::run_rings(const std::string& script,
                                std::chrono::seconds limit) {
  // In a compatible container as the stock client is run: by root of files, and
  // as if there were shiftfs.
  auto end
    = has_compatible_containers()
        ? exec(id, {"shiftfs-shim", "ring", "run", script}, limit, "root")
        : exec(id, {"ring", "run", script}, limit);
  BOOST_TEST_MESSAGE(end.text);
  auto text = std::istringstream{end.text};
  for (auto line = std::string{}; std::getline(text, line);) {
    lines.push_back(line);
    if (auto colon = line.find(": "); colon != std::string::npos)
      steps[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return end.code;
}

std::string served_workspace::call(const std::string& method,
                                   const std::string& json,
                                   const std::string& socket) {
  auto text = exec(id, {"iws-call", socket, method, json}).text;
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

mounting_workspace::mounting_workspace()
  : served_workspace(", rate_limits: "
                     "{/iws.InWorkspaceService/MountProc: {block: true, "
                     "bucket_size: 20000, refill_interval: 1ms}}") {}

int tries(int usual, int many) {
  return std::getenv("BERTH_RACE_SECONDS") == nullptr ? usual : many;
}

} // namespace berth::e2e
