# netproof from this checkout: `docker build -t netproof .`, then
# `docker run --rm -v "$PWD:/work" netproof verify k8s --spec claims.yaml`.
FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
# `--build-arg EXTRAS='[proofs]'` adds the SAT solvers, for bundles with proofs.
ARG EXTRAS=
RUN python -m venv /netproof && /netproof/bin/pip install --no-cache-dir ".$EXTRAS"

FROM python:3.12-slim
COPY --from=build /netproof /netproof
ENV PATH=/netproof/bin:$PATH
# Nothing that it reads needs a privilege, and nothing that it writes should belong to root.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["netproof"]
