import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { startCaptureAnnouncer } from './state/capture-announcer';
import { startSync } from './state/sync';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root element.');

startSync();
startCaptureAnnouncer();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
