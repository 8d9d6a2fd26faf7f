# berth_library(FOLDER): every .cpp of a top-level folder as berth_FOLDER.
function(berth_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  add_library(berth_${folder} STATIC ${sources})
  set_target_properties(berth_${folder} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(berth_${folder} PRIVATE berth_flags PUBLIC Threads::Threads)
  target_include_directories(berth_${folder} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# berth_precompile(TARGET HEADERS...): headers that most sources of a target
# read. Every source still names what it uses: `./dev lint` builds without.
option(BERTH_PRECOMPILE "precompile the headers of big libraries" ON)
function(berth_precompile target)
  if(BERTH_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# berth_program(NAME LIBRARIES...): app/NAME/*.cpp as bin/NAME.
function(berth_program name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/app/${name}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE berth_flags ${ARGN})
  target_compile_definitions(${name} PRIVATE BERTH_VERSION="${PROJECT_VERSION}")
endfunction()

# Static, without sanitizers (they need a dynamic loader).
function(berth_static_program name)
  target_compile_options(${name} PRIVATE -fno-sanitize=all)
  target_link_options(${name} PRIVATE -static -fno-sanitize=all)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
endfunction()

# berth_protos(FOLDER): protobuf and gRPC code of every .proto below it, as
# berth_proto. Includes read as in the .proto files: "ws-manager-api/core.pb.h".
function(berth_protos folder)
  set(root ${CMAKE_SOURCE_DIR}/${folder})
  set(out ${CMAKE_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${out})
  file(GLOB_RECURSE protos CONFIGURE_DEPENDS RELATIVE ${root} ${root}/*.proto)
  foreach(proto ${protos})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(generated ${out}/${stem}.pb.cc ${out}/${stem}.grpc.pb.cc)
    add_custom_command(OUTPUT ${generated}
      ${out}/${stem}.pb.h ${out}/${stem}.grpc.pb.h
      COMMAND protobuf::protoc -I ${root} --cpp_out=${out} --grpc_out=${out}
        --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin> ${proto}
      DEPENDS ${root}/${proto} VERBATIM)
    list(APPEND sources ${generated})
  endforeach()
  add_library(berth_proto STATIC ${sources})
  target_include_directories(berth_proto SYSTEM PUBLIC ${out})
  target_link_libraries(berth_proto PUBLIC protobuf::libprotobuf gRPC::grpc++)
endfunction()

# berth_tests(FOLDER LABEL LIBRARIES...): test/FOLDER/*.cpp as one Boost.Test
# program and one ctest of that label.
function(berth_tests folder label)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${folder} ${sources} ${CMAKE_CURRENT_SOURCE_DIR}/support/main.cpp)
  target_link_libraries(test_${folder} PRIVATE berth_flags berth_test_support
    Boost::unit_test_framework ${ARGN})
  berth_precompile(test_${folder} <boost/test/unit_test.hpp> <caf/all.hpp>)
  # From where the compiler was called, so that __FILE__ leads to the sources.
  add_test(NAME ${folder} COMMAND test_${folder} --log_level=message
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
  set_tests_properties(${folder} PROPERTIES LABELS ${label} TIMEOUT 400
    FIXTURES_REQUIRED machine ENVIRONMENT "BERTH_BIN=${CMAKE_BINARY_DIR}/bin")
  # Some look for the programs beside themselves, all of the real ones.
  add_dependencies(test_${folder} berth-ns berth-init berth-worker berthd)
endfunction()
